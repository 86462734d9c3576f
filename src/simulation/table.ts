import { z } from 'zod';
import { InputError, messageOf } from '../errors.js';
import { expectationOf, show } from '../expectation.js';
import { readInputFile } from '../input-file.js';
import { configurationKey, distance } from '../space/encode.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import type { Benchmark, BenchmarkTask } from './benchmark.js';
import { type Curve, type CurveSource, cumulativeSeconds } from './curve.js';

/** One measured training: a line of a table. */
interface Row {
  readonly configuration: Configuration;
  readonly curve: Curve;
}

const form = z.strictObject({
  task: z.union([z.string(), z.number()], { error: 'a text or a number' }).transform(String).optional(),
  configuration: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  seconds: z.array(z.number()),
  accuracy: z.array(z.number()),
});

/**
 * A table as a source of curves: one JSON object a line, `{task, configuration, seconds, accuracy}`, the lists by epoch from 1. A configuration that
 * is no row of the table takes the nearest one by the space's distance, of equally near ones the first.
 */
export class CurveTable implements CurveSource {
  private readonly rows = new Map<string, Row[]>();
  private readonly exact = new Map<string, Row>();

  constructor(private readonly space: Pick<SearchSpace, 'parameters'>) {}

  /** @param task the task whose rows name none. */
  add(task: string, row: Row): void {
    const rows = this.rows.get(task);
    if (rows) rows.push(row);
    else this.rows.set(task, [row]);
    const key = `${task} ${configurationKey(row.configuration)}`;
    if (!this.exact.has(key)) this.exact.set(key, row);
  }

  has(task: string): boolean {
    return this.rows.has(task);
  }

  curve(task: BenchmarkTask, configuration: Configuration): Curve {
    const exact = this.exact.get(`${task.id} ${configurationKey(configuration)}`);
    if (exact) return exact.curve;
    let nearest: Row | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const row of this.rows.get(task.id) ?? []) {
      const far = distance(this.space, configuration, row.configuration);
      if (far < least) [nearest, least] = [row, far];
    }
    if (!nearest) throw new InputError(`task ${task.id}`, 'a row of the table', 'none', 'a table that has this task');
    return nearest.curve;
  }
}

/**
 * The tables of a benchmark: the one given, else those that the file names for a task or for all.
 * @param given path of a table for all tasks; undefined for none.
 * @throws InputError naming file and line of what is not as expected, or the task that has no rows.
 */
export function readTables(
  benchmark: Benchmark,
  tasks: readonly BenchmarkTask[],
  given: string | undefined,
): CurveSource {
  const table = new CurveTable(benchmark);
  const files = new Map<string, BenchmarkTask | null>();
  for (const task of tasks) {
    const own = given ?? task.table ?? benchmark.table;
    if (own === null)
      throw new InputError(`task ${task.id}`, 'a table of curves', 'none in the benchmark file', '--table FILE');
    files.set(own, own === task.table ? task : null);
  }
  for (const [file, task] of files) readTable(table, file, benchmark, task);
  const bare = tasks.find(({ id }) => !table.has(id));
  if (bare) throw new InputError(`task ${bare.id}`, 'rows in the table', 'none', '--tasks with those of the table');
  return table;
}

function readTable(table: CurveTable, file: string, benchmark: Benchmark, owner: BenchmarkTask | null): void {
  const expected = 'a table of curves, one JSON object a line';
  const text = readInputFile({ path: file, expected, tryThis: 'the form that docs/simulation.md gives' });
  for (const [index, line] of text.toString('utf8').split('\n').entries()) {
    if (line.trim() === '') continue;
    const where = `${file}:${index + 1}`;
    const { task, configuration, seconds, accuracy } = parseLine(line, where);
    const only = owner ?? (benchmark.tasks.length === 1 ? (benchmark.tasks[0] ?? null) : null);
    const id = task ?? only?.id;
    if (id === undefined) throw new InputError(where, 'a task', 'none', 'adding "task" to each line');
    const curve = { seconds: cumulativeSeconds(seconds), accuracy };
    requireWhole(curve, benchmark, where);
    table.add(id, { configuration, curve });
  }
}

function parseLine(line: string, where: string): z.output<typeof form> {
  let plain: unknown;
  try {
    plain = JSON.parse(line);
  } catch (error) {
    throw new InputError(where, 'JSON', messageOf(error), 'one JSON object a line', { cause: error });
  }
  const parsed = form.safeParse(plain);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = [where, issue?.path.join('.')].join(' ').trim();
  const wanted = issue?.code === 'unrecognized_keys' ? Object.keys(form.shape).join(', ') : expectationOf(form, plain);
  throw new InputError(place, wanted ?? 'a row', show(plain), '{"task": …, "configuration": {…}, "seconds": […], …}');
}

function requireWhole({ seconds, accuracy }: Curve, { maxEpoch, accuracyScale }: Benchmark, where: string): void {
  for (const [name, list] of Object.entries({ seconds, accuracy })) {
    if (list.length >= maxEpoch) continue;
    const got = `${list.length} values`;
    throw new InputError(`${where} ${name}`, `a value for each of ${maxEpoch} epochs`, got, 'a smaller max_epoch');
  }
  const odd = accuracy.find((one) => one < 0 || one > accuracyScale);
  if (odd === undefined) return;
  const unit = accuracyScale === 100 ? 'percent' : 'numbers in [0, 1]';
  throw new InputError(`${where} accuracy`, `${unit}, as in the benchmark file`, String(odd), 'the same unit in both');
}
