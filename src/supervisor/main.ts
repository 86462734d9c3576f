import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exitCode, InputError, messageOf } from '../errors.js';
import { monotonicSeconds } from '../monotonic.js';
import { onStopSignals } from '../signals.js';
import { startedAt } from '../study/clock.js';
import { lastWords, lineWriter, neverWaitFor } from '../terminal-output.js';
import { startWatchdog, type Watchdog } from '../watchdog.js';
import { parentVariable, type Screen } from './reports.js';
import { Supervisor } from './supervisor.js';

const leaveAlternateScreen = '\u001b[?1049l';
const showCursor = '\u001b[?25h';

/** For putting the newest submission in place after the deadline. */
const graceSeconds = 0.9;

function mendTerminal(screen: Screen): void {
  const { stdin, stdout } = process;
  if (screen === 'none' || !stdin.isTTY || !stdout.isTTY) return;
  stdout.write(screen === 'alternate' ? `${showCursor}${leaveAlternateScreen}` : showCursor);
  // Keys were read one by one and not shown.
  spawnSync('stty', ['sane'], { stdio: 'inherit', timeout: 300, killSignal: 'SIGKILL' });
}

/** The process that this one shall not outlive; null where none wishes it. @throws InputError where the variable is no process number. */
function launcher(env: NodeJS.ProcessEnv): number | null {
  const text = env[parentVariable];
  delete env[parentVariable];
  if (text === undefined || text === '') return null;
  const parent = Number(text);
  if (Number.isInteger(parent) && parent >= 1) return parent;
  throw new InputError(parentVariable, 'a process number', text, 'leaving it unset');
}

/**
 * The process that a user's `run`, `search`, `final` or `resume` is: it supervises the one that does the work.
 * @param argv as in process.argv.
 * @returns the exit code; see docs/commands.md.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // A reader or a terminal that goes away must not take the run with it.
  const { stdout, stderr } = process;
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  neverWaitFor(stdout, stderr);
  const say = lineWriter(stderr);
  const tell = (line: string) => say(`hyperbudget: ${line}`);
  let watchdog: Watchdog;
  try {
    watchdog = startWatchdog(launcher(process.env));
  } catch (error) {
    tell(messageOf(error));
    return exitCode.usage;
  }
  const supervisor = new Supervisor({
    program: [process.execPath, fileURLToPath(new URL('../../bin/hyperbudget.js', import.meta.url))],
    words: argv.slice(2),
    env: process.env,
    start: startedAt(performance.timeOrigin / 1000),
    tell,
    keepDeadline: (secondsLeft) => watchdog.endAt(monotonicSeconds() + secondsLeft + graceSeconds),
    mendTerminal,
  });
  onStopSignals((signal) => supervisor.signal(signal));
  const code = await supervisor.run();
  await lastWords(stdout, stderr);
  return code;
}
