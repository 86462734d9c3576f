import { isActive } from './sample.js';
import type { Configuration, Parameter, ParameterValue, SearchSpace } from './types.js';
import { gridSize, gridValue } from './unit.js';

/** The values that a parameter can take; null where they are more than `most`. */
function valuesOf(parameter: Parameter, most: number): readonly ParameterValue[] | null {
  if (parameter.kind === 'constant') return [parameter.value];
  if (parameter.kind === 'choice') return parameter.values.length > most ? null : parameter.values;
  const size = parameter.low === parameter.high ? 1 : (gridSize(parameter) ?? Number.POSITIVE_INFINITY);
  if (size > most) return null;
  return size === 1 ? [parameter.low] : Array.from({ length: size }, (_, index) => gridValue(parameter, index));
}

/** Every configuration of a space, inactive parameters left out; null where they are more than `most`. */
export function allConfigurations(
  space: Pick<SearchSpace, 'parameters'>,
  most: number,
): readonly Configuration[] | null {
  let partial: Record<string, ParameterValue>[] = [{}];
  for (const parameter of space.parameters) {
    const values = valuesOf(parameter, most);
    const next: Record<string, ParameterValue>[] = [];
    for (const one of partial) {
      if (!isActive(parameter, one)) {
        next.push(one);
        continue;
      }
      if (values === null || next.length + values.length > most) return null;
      const [first, ...others] = values;
      for (const value of others) next.push({ ...one, [parameter.name]: value });
      // Not a copy: thousands of constants would make copies of copies.
      if (first !== undefined) next.push(Object.assign(one, { [parameter.name]: first }));
    }
    partial = next;
  }
  return partial;
}
