import { Matrix, solve } from 'ml-matrix';
import type { Point } from './point.js';

/** How strongly linear and quadratic effects are drawn to none. */
const pull = { linear: 0.3, quadratic: 1.5 } as const;

/**
 * What a unit of resource costs, by configuration: the logarithm of its seconds as a sum of linear and quadratic effects of the numbers and one effect a
 * value of the choices, fitted by ridge regression. Most costs are products of such effects.
 * @param values of each choice: how many there are; 0 for a number.
 * @param seconds of one unit, > 0.
 */
export function fitRate(
  points: readonly Point[],
  seconds: readonly number[],
  values: readonly number[],
): (point: Point) => number {
  const logs = seconds.map((one) => Math.log(Math.max(Number.MIN_VALUE, one)));
  const typical = logs.reduce((sum, one) => sum + one, 0) / Math.max(1, logs.length);
  if (points.length < 2) return () => Math.exp(typical);
  const width = values.reduce((sum, count) => sum + widthOf(count), 0);
  const normal = new Matrix(width, width);
  const right = new Matrix(width, 1);
  for (const [row, point] of points.entries()) {
    const features = featuresOf(point, values);
    for (const { index, value } of features) {
      right.set(index, 0, right.get(index, 0) + value * ((logs[row] ?? 0) - typical));
      for (const other of features)
        normal.set(index, other.index, normal.get(index, other.index) + value * other.value);
    }
  }
  for (const [index, isQuadratic] of quadratics(values).entries())
    normal.set(index, index, normal.get(index, index) + (isQuadratic ? pull.quadratic : pull.linear));
  const effects = solve(normal, right).to1DArray();
  return (point) =>
    Math.exp(featuresOf(point, values).reduce((sum, { index, value }) => sum + value * (effects[index] ?? 0), typical));
}

/** A part of a point that has an effect of its own. */
interface Feature {
  readonly index: number;
  readonly value: number;
}

/** Those that are not 0: of a choice with many values only one. */
function featuresOf(point: Point, values: readonly number[]): readonly Feature[] {
  const features: Feature[] = [];
  let first = 0;
  for (const [dimension, count] of values.entries()) {
    const coordinate = point[dimension] ?? Number.NaN;
    if (count > 0 && coordinate >= 0) features.push({ index: first + coordinate, value: 1 });
    if (count === 0 && !Number.isNaN(coordinate)) {
      const centred = coordinate - 0.5;
      features.push({ index: first, value: centred }, { index: first + 1, value: centred ** 2 });
    }
    first += widthOf(count);
  }
  return features;
}

function widthOf(count: number): number {
  return count > 0 ? count : 2;
}

function quadratics(values: readonly number[]): readonly boolean[] {
  return values.flatMap((count) => (count > 0 ? Array.from({ length: count }, () => false) : [false, true]));
}
