import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { InputError } from '../errors.js';
import { onStopSignals } from '../signals.js';
import { startedAt } from '../study/clock.js';
import { startWatchdog } from '../watchdog.js';
import { parentVariable, type Screen } from './reports.js';
import { Supervisor } from './supervisor.js';

const leaveAlternateScreen = '\u001b[?1049l';
const showCursor = '\u001b[?25h';

function mendTerminal(screen: Screen): void {
  const { stdin, stdout } = process;
  if (screen === 'none' || !stdin.isTTY || !stdout.isTTY) return;
  stdout.write(screen === 'alternate' ? `${showCursor}${leaveAlternateScreen}` : showCursor);
  // Keys were read one by one and not shown.
  spawnSync('stty', ['sane'], { stdio: 'inherit' });
}

/** Ends this process with its launcher, where that wishes it. @throws InputError where the variable is no process number. */
function followLauncher(env: NodeJS.ProcessEnv): void {
  const text = env[parentVariable];
  delete env[parentVariable];
  if (text === undefined || text === '') return;
  const parent = Number(text);
  if (!Number.isInteger(parent) || parent < 1)
    throw new InputError(parentVariable, 'a process number', text, 'leaving it unset');
  startWatchdog(parent);
}

/**
 * The process that a user's `run`, `search`, `final` or `resume` is: it supervises the one that does the work.
 * @param argv as in process.argv.
 * @returns the exit code; see docs/commands.md.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // A reader or a terminal that goes away must not take the run with it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  followLauncher(process.env);
  const supervisor = new Supervisor({
    program: [process.execPath, fileURLToPath(new URL('../../bin/hyperbudget.js', import.meta.url))],
    words: argv.slice(2),
    env: process.env,
    start: startedAt(performance.timeOrigin / 1000),
    tell: (line) => process.stderr.write(`hyperbudget: ${line}\n`),
    mendTerminal,
  });
  onStopSignals((signal) => supervisor.signal(signal));
  return await supervisor.run();
}
