import { Command, CommanderError } from 'commander';
import { exitCode, InputError, messageOf } from '../errors.js';
import { supervisedProcess } from '../supervisor/supervised.js';
import { lastWords, neverWaitFor } from '../terminal-output.js';
import { versions } from '../versions.js';
import { doctorCommand } from './doctor.js';
import { engineCommand } from './engine.js';
import { exampleCommand } from './example.js';
import { exportCommand } from './export.js';
import { finalCommand } from './final.js';
import { watchOutput } from './output.js';
import { packCommand } from './pack.js';
import { planCommand } from './plan.js';
import { resumeCommand } from './resume.js';
import { runCommand } from './run.js';
import { scoreCommand } from './score.js';
import { searchCommand } from './search.js';
import { simulateCommand } from './simulate.js';
import type { StudyContext } from './study-context.js';
import { type CalledCommand, usageError } from './usage.js';

/**
 * The command line.
 * @param argv as in process.argv.
 * @returns the exit code; see docs/commands.md.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const outputProblem = watchOutput(process.stdout);
  // There is nowhere left to say that nothing can be said.
  process.stderr.on('error', () => undefined);
  const { code, prints } = await carryOut(argv);
  await lastWords(process.stdout, process.stderr);
  const problem = await outputProblem();
  if (problem === null) return code;
  report(new InputError('standard output', 'room for the result', problem, 'another place for it'));
  return code === exitCode.done && prints ? exitCode.failed : code;
}

interface Outcome {
  readonly code: number;
  /** Whether what it prints is all there is of its result: a study's stands in files. */
  readonly prints: boolean;
}

async function carryOut(argv: readonly string[]): Promise<Outcome> {
  let code: number = exitCode.done;
  const done = (result: number) => {
    code = result;
  };
  const program = new Command('hyperbudget')
    .description(
      'One data set, one search space, one wall-clock budget in; a trained model, a submission.csv and a best.json out.',
    )
    .version(versions()['hyperbudget'] ?? '')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 bad input or usage, 3 interrupted and resumable, 4 done with a fallback result only.',
    );
  const supervised = () => {
    neverWaitFor(process.stdout, process.stderr);
    return supervisedProcess(process.env);
  };
  const context: StudyContext = { done, supervised };
  const studies = [runCommand(context), searchCommand(context), finalCommand(context), resumeCommand(context)];
  const commands = [
    ...studies,
    planCommand(),
    exportCommand(),
    packCommand(),
    exampleCommand(),
    scoreCommand(),
    simulateCommand(),
    engineCommand(done),
    doctorCommand(done),
  ];
  // Help goes out as it is; errors are thrown and reported below, in one form.
  const silent = { outputError: () => undefined };
  for (const command of commands) {
    for (const part of [command, ...command.commands]) part.exitOverride().configureOutput(silent);
    program.addCommand(command);
  }
  program.exitOverride().configureOutput(silent);
  const called = calledOf(commands, argv.slice(2));
  try {
    await program.parseAsync(argv);
    return { code, prints: !studies.some((study) => study === called?.command) };
  } catch (error) {
    return { code: codeOf(error, called), prints: true };
  }
}

/** The exit code after what was thrown, which is told unless it was a request for help. */
function codeOf(error: unknown, called: CalledCommand | null): number {
  if (!(error instanceof CommanderError)) return report(error);
  if (error.exitCode === 0) return exitCode.done;
  // Called without a command, the help was the answer.
  if (error.code === 'commander.help') return exitCode.usage;
  return report(usageError(error, called));
}

/** The command that a command line names, or the part of it where it has parts; null where there is none. */
function calledOf(commands: readonly Command[], [first, ...words]: readonly string[]): CalledCommand | null {
  const command = commands.find((one) => one.name() === first);
  if (!command) return null;
  const part = command.commands.find((one) => one.name() === words[0]);
  if (!part) return { name: command.name(), command, words };
  return { name: `${command.name()} ${part.name()}`, command: part, words: words.slice(1) };
}

function report(error: unknown): number {
  if (error instanceof InputError) {
    for (const { message } of [error, ...error.further]) process.stderr.write(`hyperbudget: ${message}\n`);
    return exitCode.usage;
  }
  process.stderr.write(`hyperbudget: ${messageOf(error)}\n`);
  if (process.env['HYPERBUDGET_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitCode.failed;
}
