import { buildConfiguration } from './sample.js';
import type { Configuration, Parameter, ParameterValue, SearchSpace } from './types.js';
import { fromUnit } from './unit.js';

/** More corners than this are not looked at. */
const mostCorners = 5000;

/**
 * The corners of a space where what its parameters describe is largest: every combination of the choices that matter, numbers at their upper end,
 * or at their lower one where less of them makes more. Parameters that do not matter take one value each.
 * @param matters names of the parameters that do.
 * @param inverse names of those whose lower end is looked at.
 */
export function* largestCorners(
  space: SearchSpace,
  matters: readonly string[],
  inverse: readonly string[] = [],
): Generator<Configuration> {
  const conditions = space.parameters.flatMap(({ when }) => when);
  const valuesOf = (parameter: Exclude<Parameter, { kind: 'constant' }>): readonly ParameterValue[] => {
    const named = conditions.filter((condition) => condition.parameter === parameter.name);
    if (parameter.kind !== 'choice') {
      const end = inverse.includes(parameter.name) ? 0 : 1;
      return [...new Set([fromUnit(parameter, end), ...named.flatMap(({ values }) => values)])];
    }
    return matters.includes(parameter.name) || named.length > 0 ? parameter.values : parameter.values.slice(0, 1);
  };
  // Counts like an odometer whose wheels are the active parameters; which these are depends on the wheels before.
  let digits: readonly number[] = [];
  for (let count = 0; count < mostCorners; count++) {
    const sizes: number[] = [];
    yield buildConfiguration(space, (parameter) => {
      const values = valuesOf(parameter);
      const digit = digits[sizes.push(values.length) - 1] ?? 0;
      const value = values[digit];
      if (value === undefined) throw new RangeError(`parameters.${parameter.name}: a choice has no values`);
      return value;
    });
    const wheel = sizes.findLastIndex((size, place) => (digits[place] ?? 0) + 1 < size);
    if (wheel < 0) return;
    digits = Array.from({ length: wheel + 1 }, (_, place) => (digits[place] ?? 0) + (place === wheel ? 1 : 0));
  }
}
