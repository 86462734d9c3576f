import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { InputError, messageOf } from '../errors.js';
import { Inbox } from './inbox.js';
import type { WatchdogData } from './watchdog.js';

/** Entry of a trial process: assignments on standard input, reports on file descriptor 3, logs on standard error. */

const nowSeconds = (): number => Number(process.hrtime.bigint()) / 1e9;

// WebAssembly in a worker thread stays in the baseline compiler's slow code otherwise.
setFlagsFromString('--no-liftoff');

const parent = process.ppid;
// The listener stands before anything slow is loaded: an assignment's clock runs from its receipt.
const inbox = new Inbox(process.stdin, nowSeconds, () => process.exit(1));

const deadline = new BigInt64Array(new SharedArrayBuffer(8));
const workerData: WatchdogData = { parent, deadline };
new Worker(new URL('./watchdog.js', import.meta.url), { workerData }).unref();

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

const { engine, unavailable, precisions } = await engineOfProcess(process.env, nowSeconds);
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
  now: nowSeconds,
  watch: (atSeconds) => {
    Atomics.store(deadline, 0, atSeconds === null ? 0n : BigInt(Math.round(atSeconds * 1e9)));
  },
  memoryBytes: () => process.memoryUsage.rss(),
  exit: (code) => process.exit(code),
});
setInterval(() => server.tick(), 1000).unref();
inbox.listen((received) => server.receive(received));
