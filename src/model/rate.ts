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
  const features = points.map((point) => featuresOf(point, values));
  const width = features[0]?.length ?? 0;
  const design = new Matrix(features.map((row) => [...row]));
  const normal = design.transpose().mmul(design);
  const isQuadratic = quadratics(values);
  for (let index = 0; index < width; index++)
    normal.set(index, index, normal.get(index, index) + (isQuadratic[index] ? pull.quadratic : pull.linear));
  const effects = solve(
    normal,
    design.transpose().mmul(Matrix.columnVector(logs.map((one) => one - typical))),
  ).to1DArray();
  return (point) =>
    Math.exp(featuresOf(point, values).reduce((sum, feature, index) => sum + feature * (effects[index] ?? 0), typical));
}

function featuresOf(point: Point, values: readonly number[]): readonly number[] {
  return values.flatMap((count, dimension) => {
    const coordinate = point[dimension] ?? Number.NaN;
    if (count > 0) return Array.from({ length: count }, (_, value) => (coordinate === value ? 1 : 0));
    const centred = Number.isNaN(coordinate) ? 0 : coordinate - 0.5;
    return [centred, centred ** 2];
  });
}

function quadratics(values: readonly number[]): readonly boolean[] {
  return values.flatMap((count) => (count > 0 ? Array.from({ length: count }, () => false) : [false, true]));
}
