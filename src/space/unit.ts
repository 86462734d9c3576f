import type { FloatParameter, IntParameter } from './types.js';

export type NumericParameter = FloatParameter | IntParameter;

/** Distance of neighbouring values; undefined for a continuous parameter. */
export function gridStep(parameter: NumericParameter): number | undefined {
  return parameter.step ?? (parameter.kind === 'int' ? 1 : undefined);
}

/** How many values the parameter can take: low, low + step, … up to high; undefined for a continuous parameter. */
export function gridSize(parameter: NumericParameter): number | undefined {
  const step = gridStep(parameter);
  // The tolerance lets 0.1 steps reach 0.3 although 3 · 0.1 > 0.3 in binary.
  return step === undefined ? undefined : Math.floor((parameter.high - parameter.low) / step + 1e-9) + 1;
}

/** Value `index` of the grid, without the trailing digits of binary arithmetic (0.1 + 2 · 0.1 is 0.3). */
export function gridValue(parameter: NumericParameter, index: number): number {
  const value = parameter.low + index * (gridStep(parameter) ?? 0);
  if (parameter.kind === 'int') return value;
  // Rounding must not lead out of the range.
  return Math.min(parameter.high, Math.max(parameter.low, Number(value.toPrecision(12))));
}

/** Whether a number lies in the parameter's range and, where it has steps, on one of them. */
export function isOnGrid(parameter: NumericParameter, value: number): boolean {
  if (!(value >= parameter.low && value <= parameter.high)) return false;
  const step = gridStep(parameter);
  if (step === undefined) return true;
  const position = (value - parameter.low) / step;
  return Math.abs(position - Math.round(position)) <= 1e-6;
}

/**
 * Edges of the interval that [0, 1] stands for. A stepped log parameter reaches half a step over both ends, so that its first and last
 * value get their share; at low the edge stays above zero.
 */
function edges(parameter: NumericParameter): readonly [number, number] {
  const { low, high, log } = parameter;
  const step = gridStep(parameter);
  if (!log) return [low, high];
  if (step === undefined) return [Math.log(low), Math.log(high)];
  return [Math.log(Math.max(low - step / 2, low / 2)), Math.log(high + step / 2)];
}

/**
 * Where a value stands in [0, 1], on a log scale for log parameters. A stepped linear parameter is cut into equal cells, and a value is
 * the centre of its cell. A range of one value is 0.5.
 */
export function toUnit(parameter: NumericParameter, value: number): number {
  const size = gridSize(parameter);
  if (size === 1 || parameter.low === parameter.high) return 0.5;
  const inside = Math.min(parameter.high, Math.max(parameter.low, value));
  if (!parameter.log && size !== undefined) {
    return ((inside - parameter.low) / (gridStep(parameter) ?? 1) + 0.5) / size;
  }
  const [from, to] = edges(parameter);
  return ((parameter.log ? Math.log(inside) : inside) - from) / (to - from);
}

/** The value at a point of [0, 1]; undoes `toUnit` up to rounding. Uniform points give uniform (log: log-uniform) values. */
export function fromUnit(parameter: NumericParameter, unit: number): number {
  const size = gridSize(parameter);
  if (size === 1 || parameter.low === parameter.high) return parameter.low;
  const inside = Math.min(1, Math.max(0, unit));
  if (!parameter.log && size !== undefined) return gridValue(parameter, Math.min(size - 1, Math.floor(inside * size)));
  const [from, to] = edges(parameter);
  const point = from + inside * (to - from);
  const value = parameter.log ? Math.exp(point) : point;
  // Six digits are more than any parameter needs, and people read them in tables.
  if (size === undefined) return Math.min(parameter.high, Math.max(parameter.low, Number(value.toPrecision(6))));
  const index = Math.round((value - parameter.low) / (gridStep(parameter) ?? 1));
  return gridValue(parameter, Math.min(size - 1, Math.max(0, index)));
}
