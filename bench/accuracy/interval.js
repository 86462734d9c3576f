import { mean } from '../engine/statistics.js';

/** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Beyond the table its first correction is right to three digits. */
const quantile = (freedom) => quantiles[freedom - 1] ?? 1.96 + 2.47 / freedom;

/** Standard deviation of a sample; NaN of fewer than two. */
export function deviation(values) {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Mean and its 95 % interval by Student's t; of a single value the interval is unbounded. */
export function meanInterval(values) {
  const [centre, count] = [mean(values), values.length];
  const reach = count < 2 ? Number.POSITIVE_INFINITY : (quantile(count - 1) * deviation(values)) / Math.sqrt(count);
  return { count, mean: centre, low: centre - reach, high: centre + reach };
}

/**
 * How far one thing lies above another, from lines that share a key. Pairs of the same split share its test images, so an interval over all
 * pairs is too narrow where splits differ: `bySplit` takes the mean of each split as one value.
 * @param lines of one, and `others` of the other: `{split, seed, accuracy}`.
 */
export function pairedDifference(lines, others) {
  const bases = new Map(others.map((line) => [`${line.split}:${line.seed}`, line.accuracy]));
  const pairs = lines.flatMap(({ split, seed, accuracy }) => {
    const base = bases.get(`${split}:${seed}`);
    return base === undefined ? [] : [{ split, difference: accuracy - base }];
  });
  if (pairs.length === 0) return null;
  const splits = [...new Set(pairs.map(({ split }) => split))];
  const means = splits.map((split) =>
    mean(pairs.filter((pair) => pair.split === split).map(({ difference }) => difference)),
  );
  return { ...meanInterval(pairs.map(({ difference }) => difference)), bySplit: meanInterval(means) };
}
