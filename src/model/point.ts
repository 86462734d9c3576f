import { valueIn } from '../space/sample.js';
import type { Configuration, Parameter, ParameterValue, SearchSpace } from '../space/types.js';
import { toUnit } from '../space/unit.js';

/** A configuration as models see it: one coordinate a parameter, constants left out. NaN where the parameter is inactive. */
export type Point = Float64Array;

/** How the configurations of a space become points, and how different two of them are. */
export interface PointSpace {
  readonly dimensions: number;
  /**
   * By coordinate: false for a number on the unit interval (log scale for log parameters), true for the index of a choice's value. A choice among numbers
   * is a number, too: its values have an order, and their places in it are evenly spaced.
   */
  readonly isChoice: readonly boolean[];
  /** By coordinate: how many values such a choice has; 0 for a number. */
  readonly values: readonly number[];
  readonly pointOf: (configuration: Configuration) => Point;
}

export type FreeParameter = Exclude<Parameter, { kind: 'constant' }>;

/** Where a value of a parameter stands by itself: on the unit interval, or which of a choice's values it is, in whatever order they are listed. */
export function coordinateOf(parameter: FreeParameter, value: ParameterValue): number {
  return parameter.kind === 'choice' ? parameter.values.indexOf(value) : toUnit(parameter, Number(value));
}

export function pointSpace(space: SearchSpace): PointSpace {
  const axes = space.parameters
    .filter((parameter) => parameter.kind !== 'constant')
    .map((parameter) => ({ parameter, order: orderOf(parameter) }));
  const values = axes.map(({ parameter, order }) =>
    parameter.kind === 'choice' && order === null ? parameter.values.length : 0,
  );
  return {
    dimensions: axes.length,
    isChoice: values.map((count) => count > 0),
    values,
    pointOf: (configuration) =>
      Float64Array.from(axes, ({ parameter, order }) => {
        const value = valueIn(configuration, parameter.name);
        if (value === undefined) return Number.NaN;
        return order === null ? coordinateOf(parameter, value) : order.indexOf(Number(value)) / (order.length - 1);
      }),
  };
}

/** The values of a choice among numbers, ascending; null for any other parameter, and where there is nothing to choose. */
function orderOf(parameter: FreeParameter): readonly number[] | null {
  if (parameter.kind !== 'choice' || parameter.values.length < 2) return null;
  const numbers = parameter.values.filter((value) => typeof value === 'number');
  return numbers.length < parameter.values.length ? null : numbers.sort((a, b) => a - b);
}

/**
 * The squared difference of two coordinates, in [0, 1]: of numbers that of their places on the unit interval; 1 for two choices, and for a
 * parameter that is active in only one of both.
 */
export function squaredDifference(a: number, b: number, isChoice: boolean): number {
  const [aInactive, bInactive] = [Number.isNaN(a), Number.isNaN(b)];
  if (aInactive || bInactive) return aInactive && bInactive ? 0 : 1;
  if (isChoice) return a === b ? 0 : 1;
  return (a - b) ** 2;
}
