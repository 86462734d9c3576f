import { unreachable } from '../errors.js';
import { valueIn } from './sample.js';
import type { Configuration, SearchSpace } from './types.js';
import { toUnit } from './unit.js';

/**
 * A configuration as a point for models. In the order of the parameters: a number gives one coordinate in [0, 1] (log scale for log
 * parameters), a choice one for each of its values, 1 for the one taken and 0 for the others; constants give none. Inactive
 * parameters hold −1 in all their coordinates, so that the length is the same for all configurations of a space.
 */
export function encode(space: SearchSpace, configuration: Configuration): readonly number[] {
  return space.parameters.flatMap((parameter) => {
    const value = valueIn(configuration, parameter.name);
    switch (parameter.kind) {
      case 'constant':
        return [];
      case 'choice':
        return parameter.values.map((candidate) => (value === undefined ? -1 : candidate === value ? 1 : 0));
      case 'float':
      case 'int':
        return [value === undefined ? -1 : toUnit(parameter, Number(value))];
      default:
        return unreachable(parameter);
    }
  });
}

/**
 * How different two configurations are, in [0, 1]; a metric. The mean over all parameters but constants: numbers differ by the distance
 * on their unit interval, choices by 0 or 1, a parameter that is active in only one of both by 1.
 */
export function distance(space: Pick<SearchSpace, 'parameters'>, a: Configuration, b: Configuration): number {
  const parts = space.parameters.flatMap((parameter) => {
    if (parameter.kind === 'constant') return [];
    const [left, right] = [valueIn(a, parameter.name), valueIn(b, parameter.name)];
    if (left === right) return [0];
    if (parameter.kind === 'choice' || left === undefined || right === undefined) return [1];
    return [Math.abs(toUnit(parameter, Number(left)) - toUnit(parameter, Number(right)))];
  });
  return parts.length === 0 ? 0 : parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

/** Configurations never change, and a search asks for the keys of all of them at every proposal. */
const keys = new WeakMap<Configuration, string>();

/** The same text for the same configuration, whatever the order of its keys. */
export function configurationKey(configuration: Configuration): string {
  const known = keys.get(configuration);
  if (known !== undefined) return known;
  const key = JSON.stringify(Object.entries(configuration).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  keys.set(configuration, key);
  return key;
}
