import { InputError } from '../errors.js';
import { listOf, show } from '../expectation.js';
import { readInputFile } from '../input-file.js';
import { configurationKey, distance } from '../space/encode.js';
import { buildConfiguration, valueIn } from '../space/sample.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import type { Benchmark, BenchmarkTask } from './benchmark.js';
import type { Curve, CurveSource } from './curve.js';
import { isSameValue } from './parameters.js';
import { type MeasuredTraining, parseRow } from './table-row.js';

/**
 * A table as a source of curves. A configuration that is no row of the table takes the nearest one by the space's distance, of equally near ones
 * the first.
 */
export class CurveTable implements CurveSource {
  private readonly rows = new Map<string, MeasuredTraining[]>();
  private readonly exact = new Map<string, MeasuredTraining>();

  constructor(private readonly space: Pick<SearchSpace, 'parameters'>) {}

  add(task: string, row: MeasuredTraining): void {
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
    let nearest: MeasuredTraining | null = null;
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
    const { task, configuration, curve } = parseRow(line, where);
    const only = owner ?? (benchmark.tasks.length === 1 ? (benchmark.tasks[0] ?? null) : null);
    const id = task ?? only?.id;
    if (id === undefined) throw new InputError(where, 'a task', 'none', 'adding "task" to each line');
    requireWhole(curve, benchmark, where);
    table.add(id, { configuration: inSpace(configuration, benchmark, where), curve });
  }
}

/** The active parameters of a row in the space's own values: tables may hold others, or write a boolean as text. */
function inSpace(written: Configuration, { parameters }: Benchmark, where: string): Configuration {
  const names = parameters.map(({ name }) => name);
  const stray = Object.keys(written).find((name) => !names.includes(name));
  if (stray !== undefined)
    throw new InputError(
      `${where} configuration`,
      `parameters of the space (${listOf(names)})`,
      stray,
      'leaving it out',
    );
  return buildConfiguration({ parameters }, (parameter) => {
    const value = valueIn(written, parameter.name);
    const place = `${where} configuration.${parameter.name}`;
    if (parameter.kind === 'choice') {
      const own = parameter.values.find((one) => isSameValue(one, value));
      if (own !== undefined) return own;
      throw new InputError(place, `one of the values ${listOf(parameter.values)}`, show(value), 'a value of the space');
    }
    if (typeof value === 'number') return value;
    throw new InputError(place, 'a number', show(value), 'adding it: it is active in this configuration');
  });
}

function requireWhole({ accuracy }: Curve, { maxEpoch, accuracyScale }: Benchmark, where: string): void {
  const epochs = accuracy.length;
  if (epochs < maxEpoch)
    throw new InputError(`${where} seconds`, `a curve of ${maxEpoch} epochs`, `${epochs}`, 'a smaller max_epoch');
  const odd = accuracy.find((one) => one < 0 || one > accuracyScale);
  if (odd === undefined) return;
  const unit = accuracyScale === 100 ? 'percent' : 'numbers in [0, 1]';
  throw new InputError(`${where} accuracy`, `${unit}, as in the benchmark file`, String(odd), 'the same unit in both');
}
