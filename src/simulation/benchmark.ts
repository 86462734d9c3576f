import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { InputError, messageOf } from '../errors.js';
import { readInputFile } from '../input-file.js';
import { type Problem, problemsOf } from '../space/problem.js';
import type { Configuration, Parameter } from '../space/types.js';
import { readParameters } from './parameters.js';

/** One data set of a benchmark. Accuracies in the benchmark's unit. */
export interface BenchmarkTask {
  readonly id: string;
  /** Seconds of a full training, mean over random configurations: what budgets are counted in. */
  readonly meanFullSeconds: number;
  /** Seconds by multiple, as the file names them. */
  readonly budgets: ReadonlyMap<number, number>;
  /** Regret 0. */
  readonly bestAccuracy: number;
  /** Regret 1: the median of random configurations, each fully trained. */
  readonly medianRandomAccuracy: number;
  /** Absolute path of the task's own table; null where it has none. */
  readonly table: string | null;
  /** The task as it stands in the file, for surrogates that need more of it. */
  readonly written: Readonly<Record<string, unknown>>;
}

/** Points of a surrogate's curves that whoever computes them must find. */
export interface TestVector {
  readonly task: string;
  readonly configuration: Configuration;
  readonly epochs: readonly number[];
  readonly seconds: readonly number[];
  readonly accuracy: readonly number[];
}

/** A benchmark of searches with one budget for search and final training. */
export interface Benchmark {
  readonly name: string;
  /** The file's folder: what it names is relative to that. */
  readonly directory: string;
  readonly parameters: readonly Parameter[];
  readonly eta: number;
  /** Epochs of the lowest rung, and what an incumbent must have. */
  readonly minEpoch: number;
  /** Epochs of a full training. */
  readonly maxEpoch: number;
  /** Epochs of the highest rung; where they are fewer than a full training, no training of a budget is meant to be full. */
  readonly maxRungEpoch: number;
  readonly budgetMultiples: readonly number[];
  readonly tasks: readonly BenchmarkTask[];
  readonly testVectors: readonly TestVector[];
  /** What full accuracy is in the file: 100 where any accuracy in it is above 1, else 1. */
  readonly accuracyScale: 1 | 100;
  /** Absolute path of the table for all tasks; null where it has none. */
  readonly table: string | null;
  /** The surrogate as the file describes it; undefined where there is none. */
  readonly model: unknown;
}

const positive = z.number().positive();
const epoch = z.int().positive().max(100_000);
const id = z.union([z.string(), z.number()], { error: 'a text or a number' }).transform(String);
const configuration = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));

/** Files say more about their tasks than is needed here. */
const form = z.looseObject({
  benchmark: z.string().default('benchmark'),
  eta: z.int().min(2).max(16).default(3),
  budget_multiples: z.array(positive).min(1).default([4, 8, 16, 32]),
  min_epoch: epoch.default(1),
  max_epoch: epoch,
  max_rung_epoch: epoch.optional(),
  space: z.unknown(),
  conditions: z.unknown().optional(),
  tasks: z
    .array(
      z.looseObject({
        id,
        mean_full_seconds: positive,
        budgets_seconds: z.record(z.string(), positive).default({}),
        best_accuracy: z.number(),
        median_random_accuracy: z.number(),
        table: z.string().optional(),
      }),
    )
    .min(1),
  test_vectors: z
    .array(
      z.looseObject({
        task: id,
        config: configuration,
        epochs: z.array(epoch),
        seconds: z.array(z.number()),
        accuracy: z.array(z.number()),
      }),
    )
    .default([]),
  table: z.string().optional(),
  model: z.unknown().optional(),
});

const expected = 'a benchmark file';
const tryThis = 'the form that docs/simulation.md gives';

/**
 * Reads a benchmark file (docs/simulation.md).
 * @throws InputError naming the file and the place in it.
 */
export function readBenchmark(path: string): Benchmark {
  return parseBenchmark(readInputFile({ path, expected, tryThis, mostBytes: 2 ** 28 }).toString('utf8'), path);
}

/** @param path how errors name the file, and what relative paths in it start from. */
export function parseBenchmark(text: string, path: string): Benchmark {
  const written = parseJson(text, path);
  const parsed = form.safeParse(written);
  const issue = parsed.error?.issues[0];
  if (issue) throw errorOf(path, problemsOf(issue, written)[0], issue.message);
  if (!parsed.success) throw new Error(`${path}: refused without a reason`);
  const { data } = parsed;
  const reading = readParameters(data.space, data.conditions);
  if ('problem' in reading) throw errorOf(path, reading.problem, 'a search space');
  if (data.min_epoch > data.max_epoch)
    throw new InputError(`${path}: min_epoch`, `at most max_epoch (${data.max_epoch})`, String(data.min_epoch), '1');
  const { max_rung_epoch: maxRungEpoch = data.max_epoch } = data;
  if (maxRungEpoch < data.min_epoch || maxRungEpoch > data.max_epoch) {
    const range = `min_epoch (${data.min_epoch}) to max_epoch (${data.max_epoch})`;
    throw new InputError(`${path}: max_rung_epoch`, range, String(maxRungEpoch), 'to leave it out');
  }
  for (const [index, task] of data.tasks.entries()) requireRegret(path, index, task);
  const directory = dirname(resolve(path));
  const place = (name: string | undefined) => (name === undefined ? null : resolve(directory, name));
  return {
    name: data.benchmark,
    directory,
    parameters: reading.parameters,
    eta: data.eta,
    minEpoch: data.min_epoch,
    maxEpoch: data.max_epoch,
    maxRungEpoch,
    budgetMultiples: data.budget_multiples,
    tasks: data.tasks.map((task) => ({
      id: task.id,
      meanFullSeconds: task.mean_full_seconds,
      budgets: new Map(Object.entries(task.budgets_seconds).map(([multiple, seconds]) => [Number(multiple), seconds])),
      bestAccuracy: task.best_accuracy,
      medianRandomAccuracy: task.median_random_accuracy,
      table: place(task.table),
      written: task,
    })),
    testVectors: data.test_vectors.map(({ config, ...vector }) => ({ ...vector, configuration: config })),
    accuracyScale: data.tasks.some((task) => task.best_accuracy > 1 || task.median_random_accuracy > 1) ? 100 : 1,
    table: place(data.table),
    model: data.model,
  };
}

/** Seconds of a budget: as the file has it, else so many mean full trainings. */
export function budgetSeconds(task: BenchmarkTask, multiple: number): number {
  return task.budgets.get(multiple) ?? multiple * task.meanFullSeconds;
}

/** How far an accuracy is from the best known one: 0 there, 1 at the median random configuration. */
export function regret({ bestAccuracy, medianRandomAccuracy }: BenchmarkTask, accuracy: number): number {
  return (bestAccuracy - accuracy) / (bestAccuracy - medianRandomAccuracy);
}

function requireRegret(
  path: string,
  index: number,
  task: { readonly best_accuracy: number; readonly median_random_accuracy: number },
): void {
  const { best_accuracy: best, median_random_accuracy: median } = task;
  if (best > median) return;
  const wanted = `a number above median_random_accuracy (${median})`;
  throw new InputError(`${path}: tasks.${index}.best_accuracy`, wanted, String(best), 'the best known accuracy');
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(path, 'JSON', messageOf(error), tryThis, { cause: error });
  }
}

function errorOf(path: string, problem: Problem | undefined, otherwise: string): InputError {
  if (!problem) return new InputError(path, expected, otherwise, tryThis);
  return new InputError(`${path}: ${problem.path.join('.')}`, problem.expected, problem.got, problem.tryThis);
}
