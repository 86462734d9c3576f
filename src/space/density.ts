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

/** Relative to a uniform draw, for a choice as for a number: else more choices would make less of a configuration, whatever they are. */
function factor(parameter: FreeParameter, { value, spread, keep }: Centre): (other: ParameterValue) => number {
  if (parameter.kind === 'choice') {
    return (other) => 1 - keep + (other === value ? keep * parameter.values.length : 0);
  }
  const density = truncatedNormalDensity(toUnit(parameter, Number(value)), spread);
  return (other) => density(toUnit(parameter, Number(other)));
}

/** The product over a configuration's active parameters of their densities around a centre, relative to a uniform draw; those without a centre count as 1. */
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

/** Density of configurations under the prior that `priorConfiguration` samples, relative to that of a uniform draw. */
export function priorDensity(space: SearchSpace): (configuration: Configuration) => number {
  return densityAround(space, priorCentre);
}

function priorCentre({ default: value, confidence }: FreeParameter): Centre | undefined {
  return value === undefined ? undefined : { value, spread: priorSpread[confidence], keep: priorKeep[confidence] };
}

/** Density of configurations around an incumbent, with the spread of a mutation, relative to that of a uniform draw. */
export function incumbentDensity(
  space: SearchSpace,
  incumbent: Configuration,
): (configuration: Configuration) => number {
  return densityAround(space, (parameter) => {
    const value = valueIn(incumbent, parameter.name);
    // What becomes active by a mutation is drawn from the prior.
    return value === undefined
      ? priorCentre(parameter)
      : { value, spread: mutation.spread, keep: mutation.probability };
  });
}
