import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { InputError, messageOf } from '../errors.js';
import { readBenchmark } from '../simulation/benchmark.js';
import type { SimulationResult } from '../simulation/simulate.js';
import { summarize, summaryTable } from '../simulation/summary.js';
import { playAll, type Selection } from '../simulation/sweep.js';
import { readTables } from '../simulation/table.js';
import { schedulerForm } from '../space/schema.js';
import type { BudgetSettings } from '../space/types.js';
import { progressBar } from './progress.js';

/** Options of everything that plays benchmarks. */
export interface SimulateOptions {
  readonly benchmark: string;
  readonly table?: string;
  readonly tasks?: string;
  readonly scheduler: Selection['scheduler'];
  readonly sampler: Selection['sampler'];
  readonly mode: Selection['mode'];
  readonly continuation: Selection['continuation'];
  readonly share: BudgetSettings['searchShare'];
  readonly seeds: number;
  readonly firstSeed: number;
  readonly budgets?: string;
  readonly output?: string;
}

/** The options of `simulate`, but for where curves come from. */
export function addSimulateOptions(command: Command): Command {
  const { kind, sampler } = schedulerForm.shape;
  const count = (name: string, least: number) => (text: string) => {
    const number = Number(text.trim() || Number.NaN);
    if (Number.isSafeInteger(number) && number >= least) return number;
    throw new InputError(
      name,
      `a whole number of at least ${least}`,
      text || 'nothing',
      `${name} ${Math.max(least, 5)}`,
    );
  };
  return command
    .option('--tasks <ids>', 'which of its tasks, separated by commas (default: all)')
    .addOption(
      new Option('--scheduler <kind>', 'who decides how long trials train')
        .choices(kind.unwrap().options)
        .default(kind.parse(undefined)),
    )
    .addOption(
      new Option('--sampler <sampler>', 'who proposes configurations')
        .choices(sampler.unwrap().options)
        .default(sampler.parse(undefined)),
    )
    .addOption(
      new Option(
        '--mode <mode>',
        "run: the study's own split and final training count; search: it searches all of the budget, and the benchmark's rule scores that",
      )
        .choices(['run', 'search'])
        .default('run'),
    )
    .addOption(
      new Option('--continuation <how>', 'whether a promoted trial goes on where it was, or trains anew')
        .choices(['resume', 'scratch'])
        .default('resume'),
    )
    .option(
      '--share <share>',
      "part of the budget for the search of --mode run, in (0, 1), or auto: the study's own split",
      readShare,
      'auto',
    )
    .option('--seeds <n>', 'studies of each task and budget', count('--seeds', 1), 5)
    .option('--first-seed <n>', 'the seed of the first of them', count('--first-seed', 0), 0)
    .option('--budgets <multiples>', 'budgets in mean full trainings, such as 1.5,4,8 (default: those of the file)')
    .option('-o, --output <file>', 'where the results go instead of stdout, one JSON object a line');
}

function readShare(text: string): BudgetSettings['searchShare'] {
  const share = text.trim() === 'auto' ? 'auto' : Number(text.trim() || Number.NaN);
  if (share === 'auto' || (share > 0 && share < 1)) return share;
  throw new InputError('--share', 'auto or a number in (0, 1)', text || 'nothing', '--share 0.3');
}

/** What the options ask to be played. */
export function selectionOf(benchmark: ReturnType<typeof readBenchmark>, options: SimulateOptions): Selection {
  const { scheduler, sampler, mode, continuation, share, firstSeed, seeds } = options;
  const words = (text: string) => text.split(',').map((word) => word.trim());
  const tasks = options.tasks === undefined ? null : words(options.tasks);
  const known = benchmark.tasks.map(({ id }) => id);
  const stray = tasks?.find((id) => !known.includes(id));
  if (stray !== undefined)
    throw new InputError('--tasks', `tasks of the benchmark (${known.join(', ')})`, stray, 'one of them');
  const budgets = options.budgets === undefined ? benchmark.budgetMultiples : words(options.budgets).map(Number);
  if (!budgets.every((k) => k > 0 && Number.isFinite(k)))
    throw new InputError('--budgets', 'numbers above 0, separated by commas', String(options.budgets), '4,8,16,32');
  return {
    scheduler,
    sampler,
    mode,
    continuation,
    share,
    budgets,
    tasks: benchmark.tasks.filter(({ id }) => tasks === null || tasks.includes(id)),
    seeds: Array.from({ length: seeds }, (_, index) => firstSeed + index),
  };
}

/**
 * Where results go: JSON lines to the file, the summary to stdout; without a file the lines to stdout, the summary to stderr.
 * @throws InputError where the file cannot be written.
 */
export function resultWriter(output: string | undefined): {
  write(result: SimulationResult): void;
  end(results: readonly SimulationResult[]): void;
} {
  const file = output === undefined ? null : openOutput(resolve(output));
  return {
    write: (result) => {
      const line = `${JSON.stringify(result)}\n`;
      if (file === null) process.stdout.write(line);
      else writeSync(file, line);
    },
    end: (results) => {
      if (file !== null) closeSync(file);
      const [first] = results;
      if (!first) return;
      const title = `${first.benchmark}, ${first.method}, ${first.mode}, ${first.continuation}: mean normalised regret`;
      const text = `\n${[title, ...summaryTable(summarize(results))].join('\n')}\n`;
      (file === null ? process.stderr : process.stdout).write(text);
    },
  };
}

function openOutput(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw new InputError(path, 'a file that can be written', messageOf(error), 'another folder', { cause: error });
  }
}

export const simulateCommand = (): Command =>
  addSimulateOptions(
    new Command('simulate')
      .description('play whole searches in virtual time on a benchmark of recorded curves, and score them')
      .requiredOption('--benchmark <file>', 'the benchmark: space, tasks, budgets and references, as JSON')
      .option('--table <file>', "recorded curves, one JSON object a line (default: the benchmark's own)"),
  ).action(async (options: SimulateOptions) => {
    const benchmark = readBenchmark(options.benchmark);
    const selection = selectionOf(benchmark, options);
    const source = readTables(benchmark, selection.tasks, options.table);
    const writer = resultWriter(options.output);
    const bar = progressBar('simulating', { name: 'studies', size: 1, digits: 0 });
    const results: SimulationResult[] = [];
    for await (const { result, done, total } of playAll(benchmark, source, selection)) {
      results.push(result);
      writer.write(result);
      bar(done, total);
    }
    writer.end(results);
  });
