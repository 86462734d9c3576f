import { valueIn } from '../space/sample.js';
import type { Configuration, Parameter, ParameterValue, SearchSpace } from '../space/types.js';
import { toUnit } from '../space/unit.js';

/** A configuration as models see it: one coordinate a parameter, constants left out. NaN where the parameter is inactive. */
export type Point = Float64Array;

/** How the configurations of a space become points, and how different two of them are. */
export interface PointSpace {
  readonly dimensions: number;
  /** By coordinate: a number on the unit interval (log scale for log parameters), or the index of a choice's value. */
  readonly isChoice: readonly boolean[];
  readonly pointOf: (configuration: Configuration) => Point;
}

export type FreeParameter = Exclude<Parameter, { kind: 'constant' }>;

/** Where a value of a parameter stands in a point. */
export function coordinateOf(parameter: FreeParameter, value: ParameterValue): number {
  return parameter.kind === 'choice' ? parameter.values.indexOf(value) : toUnit(parameter, Number(value));
}

export function pointSpace(space: SearchSpace): PointSpace {
  const free = space.parameters.filter((parameter) => parameter.kind !== 'constant');
  return {
    dimensions: free.length,
    isChoice: free.map(({ kind }) => kind === 'choice'),
    pointOf: (configuration) =>
      Float64Array.from(free, (parameter) => {
        const value = valueIn(configuration, parameter.name);
        if (value === undefined) return Number.NaN;
        return coordinateOf(parameter, value);
      }),
  };
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
