import { truncatedNormal, truncatedNormalDensity } from '../space/normal.js';
import type { ParameterValue } from '../space/types.js';
import { fromUnit } from '../space/unit.js';
import type { FreeParameter } from './point.js';

/** The smallest standard deviation of a number's kernel on the unit interval. */
const narrowest = 0.01;

/**
 * A kernel around one observed coordinate, as `coordinateOf` has it. Numbers: a normal distribution cut off at 0 and 1, `width` its standard deviation.
 * Choices (Aitchison & Aitken 1976): probability `width` of another value, the same for each. A density, over the unit interval or the values.
 */
export function kernel(parameter: FreeParameter, centre: number, width: number): (coordinate: number) => number {
  if (parameter.kind !== 'choice') return truncatedNormalDensity(centre, Math.max(narrowest, width));
  const others = parameter.values.length - 1;
  return (coordinate) => (coordinate === centre ? 1 - (others > 0 ? width : 0) : width / others);
}

/** Its logarithm, also where the density is too small for a number. */
export function logKernel(parameter: FreeParameter, centre: number, width: number): (coordinate: number) => number {
  const density = kernel(parameter, centre, width);
  const highest = Math.log(density(centre));
  if (parameter.kind !== 'choice') {
    const scale = 1 / (2 * Math.max(narrowest, width) ** 2);
    return (coordinate) => highest - scale * (coordinate - centre) ** 2;
  }
  const other = Math.log(width / (parameter.values.length - 1));
  return (coordinate) => (coordinate === centre ? highest : other);
}

/** A value drawn from such a kernel. */
export function drawFromKernel(
  parameter: FreeParameter,
  centre: number,
  width: number,
  random: () => number,
): ParameterValue {
  if (parameter.kind !== 'choice') {
    return fromUnit(parameter, truncatedNormal(centre, Math.max(narrowest, width), random()));
  }
  const { values } = parameter;
  const shift = values.length > 1 && random() < width ? 1 + Math.floor(random() * (values.length - 1)) : 0;
  const value = values[(centre + shift) % values.length];
  if (value === undefined) throw new RangeError(`a choice has no value ${centre}`);
  return value;
}

/**
 * The width of the kernels around a sample by the normal reference rule (Scott 1992), 1.06 · spread · n^(−1 / (4 + d)). The spread of a number is
 * its standard deviation; that of a choice the probability that two of the sample differ, and its kernels never give a value less than the
 * uniform share of one more observation, nor another value more than a uniform draw would.
 *
 * @param coordinates of the sample where the parameter is active; not empty.
 * @param dimensions of the whole space
 */
export function referenceWidth(parameter: FreeParameter, coordinates: readonly number[], dimensions: number): number {
  const count = coordinates.length;
  const factor = 1.06 * count ** (-1 / (4 + dimensions));
  if (parameter.kind !== 'choice') {
    const mean = coordinates.reduce((sum, one) => sum + one, 0) / count;
    const variance = coordinates.reduce((sum, one) => sum + (one - mean) ** 2, 0) / count;
    return Math.max(1 / Math.min(100, 1 + count), factor * Math.sqrt(variance));
  }
  const uniform = 1 - 1 / parameter.values.length;
  const counts = new Map<number, number>();
  for (const one of coordinates) counts.set(one, (counts.get(one) ?? 0) + 1);
  const alike = [...counts.values()].reduce((sum, one) => sum + (one / count) ** 2, 0);
  return Math.min(uniform, Math.max(uniform / (count + 1), factor * (1 - alike)));
}
