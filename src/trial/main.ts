import { setFlagsFromString } from 'node:v8';
import { InputError, messageOf } from '../errors.js';
import { monotonicSeconds } from '../monotonic.js';
import { startWatchdog } from '../watchdog.js';
import { Inbox } from './inbox.js';

/** Entry of a trial process: assignments on standard input, reports on file descriptor 3, logs on standard error. */

// WebAssembly in a worker thread stays in the baseline compiler's slow code otherwise.
setFlagsFromString('--no-liftoff');

const parent = process.ppid;
// The listener stands before anything slow is loaded: it hears the end of the study.
const inbox = new Inbox(process.stdin, () => process.exit(1));

const watchdog = startWatchdog(parent);

const [
  { engineOfProcess },
  { openPack },
  { TrialServer },
  { runAssignment },
  { protocolVersion },
  { report },
  { reasonOf },
] = await Promise.all([
  import('../engine/choose.js'),
  import('../data/pack/open.js'),
  import('./server.js'),
  import('./run-assignment.js'),
  import('./protocol.js'),
  import('./reporter.js'),
  import('./reason.js'),
]);

const failAndExit = (error: unknown): void => {
  // What a user can mend needs no stack.
  console.error(error instanceof InputError ? error.message : error);
  try {
    report({ type: 'failed', reason: reasonOf(error), message: messageOf(error) });
  } finally {
    process.exit(1);
  }
};
process.on('uncaughtException', failAndExit);
process.on('unhandledRejection', failAndExit);

const { engine, unavailable, precisions } = await engineOfProcess(process.env, monotonicSeconds);
report({
  type: 'hello',
  protocol: protocolVersion,
  pid: process.pid,
  engine: engine.name,
  description: engine.description,
  precision: engine.precision,
  exclusive: engine.exclusive,
  unavailable: [...unavailable],
  precisions: [...precisions],
});

const server = new TrialServer({
  engine,
  report,
  openData: openPack,
  run: runAssignment,
  now: monotonicSeconds,
  watch: (atSeconds) => watchdog.endAt(atSeconds),
  memoryBytes: () => process.memoryUsage.rss(),
  exit: (code) => process.exit(code),
});
setInterval(() => server.tick(), 1000).unref();
inbox.listen((line) => server.receive(line));
