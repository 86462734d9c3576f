import { z } from 'zod';
import { InputError, messageOf } from '../errors.js';
import { expectationOf, show, valueAt } from '../expectation.js';
import type { Configuration } from '../space/types.js';
import { type Curve, cumulativeSeconds } from './curve.js';

/** One measured training. */
export interface MeasuredTraining {
  readonly configuration: Configuration;
  readonly curve: Curve;
}

/** A line of a table. */
export interface TableRow extends MeasuredTraining {
  /** Null where the line names none. */
  readonly task: string | null;
}

/** Null says that a parameter is not active. */
const configuration = z
  .record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]))
  .transform((entries): Configuration => {
    const named = Object.entries(entries).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
    return Object.fromEntries(named);
  });
const numbers = z.array(z.number());
const epochs = z.array(z.int().positive().max(100_000));
const lists = z.looseObject({ seconds: numbers, accuracy: numbers, epochs: epochs.optional() });
const point = z.looseObject({ seconds: z.number(), accuracy: z.number() });
const points = z.array(z.union([point, z.tuple([z.number(), z.number()])]));

const example = '{"task": "a", "configuration": {"rate": 0.1}, "seconds": [1, 2], "accuracy": [50, 60]}';

/**
 * Reads a line of a table. Other keys than those that are needed are left alone.
 * @param where names file and line in errors.
 * @throws InputError naming the key that is not as expected.
 */
export function parseRow(line: string, where: string): TableRow {
  let plain: unknown;
  try {
    plain = JSON.parse(line);
  } catch (error) {
    throw new InputError(where, 'JSON', messageOf(error), 'one JSON object a line', { cause: error });
  }
  const map = z.record(z.string(), z.unknown()).safeParse(plain);
  if (!map.success) throw new InputError(where, 'a JSON object', show(plain), example);
  const row = map.data;
  const task = row['task'];
  if (task !== undefined && typeof task !== 'string' && typeof task !== 'number')
    throw new InputError(`${where} task`, 'a text or a number', show(task), example);
  const key = row['configuration'] === undefined && row['config'] !== undefined ? 'config' : 'configuration';
  const written = row['curve'] === undefined ? row : row['curve'];
  return {
    task: task === undefined ? null : String(task),
    configuration: take(configuration, row[key], `${where} ${key}`),
    curve: curveOf(written, row['curve'] === undefined ? where : `${where} curve`),
  };
}

function take<T>(schema: z.ZodType<T, unknown>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const path = (parsed.error.issues[0]?.path ?? []).map((key) => (typeof key === 'number' ? key : String(key)));
  const expected = expectationOf(schema, value) ?? 'another value';
  throw new InputError([where, path.join('.')].join(' ').trim(), expected, show(valueAt(value, path)), example);
}

function curveOf(written: unknown, where: string): Curve {
  if (!Array.isArray(written)) {
    const { seconds, accuracy, epochs } = take(lists, written, where);
    if (seconds.length !== accuracy.length)
      throw new InputError(
        `${where} accuracy`,
        `${seconds.length} values, as seconds`,
        String(accuracy.length),
        example,
      );
    return { seconds: cumulativeSeconds(whole(seconds, epochs, where)), accuracy: whole(accuracy, epochs, where) };
  }
  const pairs = take(points, written, where).map((one): readonly [number, number] =>
    Array.isArray(one) ? [one[0], one[1]] : [one.seconds, one.accuracy],
  );
  return { seconds: cumulativeSeconds(pairs.map(([seconds]) => seconds)), accuracy: pairs.map(([, one]) => one) };
}

/** Values of all epochs: as listed, or between the listed epochs on straight lines. */
function whole(values: readonly number[], epochs: readonly number[] | undefined, where: string): readonly number[] {
  if (epochs === undefined) return values;
  const isAscending = epochs.every((epoch, index) => epoch > (epochs[index - 1] ?? 0));
  if (!isAscending || epochs.length !== values.length || epochs[0] !== 1)
    throw new InputError(`${where} epochs`, `${values.length} epochs, ascending from 1`, show(epochs), example);
  const last = epochs.at(-1) ?? 0;
  let below = 0;
  return Array.from({ length: last }, (_, index) => {
    const epoch = index + 1;
    while (below + 1 < epochs.length && (epochs[below + 1] ?? 0) <= epoch) below++;
    const [from, to] = [epochs[below] ?? 0, epochs[below + 1] ?? 0];
    const [low, high] = [values[below] ?? 0, values[below + 1] ?? 0];
    return epoch === from ? low : low + ((high - low) * (epoch - from)) / (to - from);
  });
}
