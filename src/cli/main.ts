import { Command, CommanderError } from 'commander';
import { exitCode, InputError, messageOf } from '../errors.js';
import { supervisedProcess } from '../supervisor/supervised.js';
import { versions } from '../versions.js';
import { doctorCommand } from './doctor.js';
import { engineCommand } from './engine.js';
import { exampleCommand } from './example.js';
import { exportCommand } from './export.js';
import { finalCommand } from './final.js';
import { packCommand } from './pack.js';
import { planCommand } from './plan.js';
import { resumeCommand } from './resume.js';
import { runCommand } from './run.js';
import { scoreCommand } from './score.js';
import { searchCommand } from './search.js';
import type { StudyContext } from './study-context.js';
import { usageError } from './usage.js';

/**
 * The command line.
 * @param argv as in process.argv.
 * @returns the exit code; see docs/commands.md.
 */
export async function main(argv: readonly string[]): Promise<number> {
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
  const context: StudyContext = { done, supervised: () => supervisedProcess(process.env) };
  const commands = [
    runCommand(context),
    searchCommand(context),
    finalCommand(context),
    resumeCommand(context),
    planCommand(),
    exportCommand(),
    packCommand(),
    exampleCommand(),
    scoreCommand(),
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
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error);
    if (error.exitCode === 0) return exitCode.done;
    // Called without a command, the help was the answer.
    if (error.code === 'commander.help') return exitCode.usage;
    return report(usageError(error, nameOf(commands, argv.slice(2))));
  }
}

/** The command that a command line names, with the part of it where it has parts; null where there is none. */
function nameOf(commands: readonly Command[], [first, second]: readonly string[]): string | null {
  const command = commands.find((one) => one.name() === first);
  const part = command?.commands.find((one) => one.name() === second);
  return command ? [command, ...(part ? [part] : [])].map((one) => one.name()).join(' ') : null;
}

function report(error: unknown): number {
  if (error instanceof InputError) {
    process.stderr.write(`hyperbudget: ${error.message}\n`);
    return exitCode.usage;
  }
  process.stderr.write(`hyperbudget: ${messageOf(error)}\n`);
  if (process.env['HYPERBUDGET_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitCode.failed;
}
