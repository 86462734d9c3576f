import { truncatedNormalDensity } from './normal.js';
import { mutation, priorKeep, priorSpread, valueIn } from './sample.js';
import type { Configuration, Parameter, ParameterValue, SearchSpace } from './types.js';
import { toUnit } from './unit.js';

interface Centre {
  readonly value: ParameterValue;
  /** Standard deviation on the unit interval of a number. */
  readonly spread: number;
  /** How often a choice keeps the value outright. */
  readonly keep: number;
}

type FreeParameter = Exclude<Parameter, { kind: 'constant' }>;

function factor(parameter: FreeParameter, { value, spread, keep }: Centre): (other: ParameterValue) => number {
  if (parameter.kind === 'choice') {
    return (other) => (1 - keep) / parameter.values.length + (other === value ? keep : 0);
  }
  const density = truncatedNormalDensity(toUnit(parameter, Number(value)), spread);
  return (other) => density(toUnit(parameter, Number(other)));
}

/** The product over a configuration's active parameters of their densities around a centre; those without a centre count as 1. */
function densityAround(
  space: SearchSpace,
  centreOf: (parameter: FreeParameter) => Centre | undefined,
): (configuration: Configuration) => number {
  const factors = space.parameters.flatMap((parameter) => {
    const centre = parameter.kind === 'constant' ? undefined : centreOf(parameter);
    if (parameter.kind === 'constant' || centre === undefined) return [];
    return [{ name: parameter.name, of: factor(parameter, centre) }];
  });
  return (configuration) =>
    factors.reduce((density, { name, of }) => {
      const value = valueIn(configuration, name);
      return value === undefined ? density : density * of(value);
    }, 1);
}

/** Density of configurations under the prior that `priorConfiguration` samples. */
export function priorDensity(space: SearchSpace): (configuration: Configuration) => number {
  return densityAround(space, ({ default: value, confidence }) =>
    value === undefined ? undefined : { value, spread: priorSpread[confidence], keep: priorKeep[confidence] },
  );
}

/** Density of configurations around an incumbent, with the spread of a mutation. */
export function incumbentDensity(
  space: SearchSpace,
  incumbent: Configuration,
): (configuration: Configuration) => number {
  return densityAround(space, ({ name }) => {
    const value = valueIn(incumbent, name);
    return value === undefined ? undefined : { value, spread: mutation.spread, keep: mutation.probability };
  });
}
