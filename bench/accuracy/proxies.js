import { InputError } from '../../dist/errors.js';
import { table } from '../../dist/report/table.js';
import { spearmanOf } from '../../dist/state/rank-correlation.js';
import { mean } from '../engine/statistics.js';

/** What a proxy may train on a part of: the images, the classes, the side. */
const types = ['subset', 'classes', 'resolution'];

/**
 * A proxy in words: `full`, `subset:0.3` (part of the training images), `classes:0.5` (part of the classes), `resolution:0.5` (part of the side), or
 * several with a + between them; `resample` shows another
 * part of the images in each epoch.
 * @throws InputError
 */
export function proxyOf(text) {
  const proxy = { name: text, subset: 1, classes: 1, resolution: 1, resample: false };
  for (const word of text.split('+')) {
    const [type, value] = word.split(':');
    if (type === 'full' && value === undefined) continue;
    if (type === 'resample' && value === undefined) {
      proxy.resample = true;
      continue;
    }
    const part = Number(value);
    if (!types.includes(type) || !(part > 0 && part <= 1))
      throw new InputError(
        '--proxies',
        'full, or subset, classes or resolution with a part in (0, 1]',
        word,
        'subset:0.3',
      );
    proxy[type] = part;
  }
  return proxy;
}

/** Mean accuracy at the end of each configuration whose every end was trained, by the configuration's number. */
function endsOf(lines, repetitions) {
  const byNumber = new Map();
  for (const { kind, number, accuracy } of lines)
    if (kind === 'end') byNumber.set(number, [...(byNumber.get(number) ?? []), accuracy]);
  return new Map([...byNumber].filter(([, own]) => own.length === repetitions));
}

const text = ({ value, low, high }) => `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

/** Of fewer configurations a correlation says nothing. */
const fewest = 4;

/** Spearman's correlation of scores with ends; only of the better half of the ends, where hopeless configurations do not flatter it. */
function correlations(pairs) {
  const of = (some) =>
    some.length < fewest
      ? '–'
      : text(
          spearmanOf(
            some.map(({ score }) => score),
            some.map(({ end }) => end),
          ),
        );
  const better = pairs.toSorted((a, b) => b.end - a.end).slice(0, Math.ceil(pairs.length / 2));
  return [of(pairs), of(better)];
}

/** A row: how the scores of one way to train rank configurations as `ends` do, and what taking its best would cost in points. */
function rowOf(name, scores, ends, wallSeconds, endSeconds) {
  const pairs = [...scores].flatMap(([number, score]) => (ends.has(number) ? [{ score, end: ends.get(number) }] : []));
  if (pairs.length < fewest) return [name, String(pairs.length)];
  const most = Math.max(...pairs.map(({ end }) => end));
  const chosen = pairs.reduce((best, pair) => (pair.score > best.score ? pair : best));
  return [
    ...[name, String(pairs.length), wallSeconds.toFixed(1), `${((100 * wallSeconds) / endSeconds).toFixed(0)} %`],
    ...[...correlations(pairs), (100 * (most - chosen.end)).toFixed(2)],
  ];
}

/**
 * A row a proxy and length: what it costs (mean wall seconds, and as a part of a training to the end), Spearman's correlation of its scores with the
 * accuracy at the end, of all configurations and of the better half, and how far the configuration that it likes best ends below the best one.
 * @param repetitions how often each configuration was trained to its end; with two the first row says how far an end ranks like another.
 */
export function proxyTable(lines, repetitions) {
  const repeated = endsOf(lines, repetitions);
  const ends = new Map([...repeated].map(([number, own]) => [number, mean(own)]));
  const endSeconds = mean(lines.filter(({ kind }) => kind === 'end').map(({ wallSeconds }) => wallSeconds));
  const rows = [];
  if (repetitions > 1) {
    const one = new Map([...repeated].map(([number, own]) => [number, own[0]]));
    const other = new Map([...repeated].map(([number, own]) => [number, own[1]]));
    rows.push(rowOf('an end with another', one, other, endSeconds, endSeconds));
  }
  const proxies = lines.filter(({ kind }) => kind === 'proxy');
  const keys = [...new Set(proxies.map(({ seconds, proxy }) => JSON.stringify([seconds, proxy])))].map((key) =>
    JSON.parse(key),
  );
  for (const [seconds, proxy] of keys.sort(([a], [b]) => a - b)) {
    const own = proxies.filter((line) => line.seconds === seconds && line.proxy === proxy);
    const scores = new Map(own.map(({ number, accuracy }) => [number, accuracy]));
    rows.push(
      rowOf(`${seconds} s ${proxy}`, scores, ends, mean(own.map(({ wallSeconds }) => wallSeconds)), endSeconds),
    );
  }
  const head = [
    'trained',
    'configurations',
    'wall s',
    'of an end',
    'Spearman, 95 %',
    'of the better half',
    'points lost',
  ];
  return table([head, ...rows], [1, 2, 3, 6]);
}
