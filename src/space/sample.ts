import { truncatedNormal } from './normal.js';
import type { ChoiceParameter, Confidence, Configuration, Parameter, ParameterValue, SearchSpace } from './types.js';
import { fromUnit, toUnit } from './unit.js';

/** Standard deviation of the prior on the unit interval (the values of NePS). */
export const priorSpread: Readonly<Record<Confidence, number>> = { low: 0.5, medium: 0.25, high: 0.125 };

/** How often the prior keeps a choice's default outright; otherwise it draws from all values, the default among them. */
export const priorKeep: Readonly<Record<Confidence, number>> = { low: 0.25, medium: 0.5, high: 0.75 };

/** The value of an active parameter in a configuration; undefined where it is inactive. */
export function valueIn(configuration: Configuration, name: string): ParameterValue | undefined {
  return Object.hasOwn(configuration, name) ? configuration[name] : undefined;
}

/** Whether all conditions of a parameter hold, given the values of the earlier ones. */
export function isActive(parameter: Parameter, configuration: Configuration): boolean {
  return parameter.when.every((condition) => {
    const value = valueIn(configuration, condition.parameter);
    return value !== undefined && condition.values.includes(value);
  });
}

/** Goes through the parameters in order and asks for the value of each active one. */
export function buildConfiguration(
  space: Pick<SearchSpace, 'parameters'>,
  choose: (parameter: Exclude<Parameter, { kind: 'constant' }>) => ParameterValue,
): Configuration {
  const configuration: Record<string, ParameterValue> = {};
  for (const parameter of space.parameters) {
    if (!isActive(parameter, configuration)) continue;
    configuration[parameter.name] = parameter.kind === 'constant' ? parameter.value : choose(parameter);
  }
  return configuration;
}

function pick(values: readonly ParameterValue[], uniform: number): ParameterValue {
  const value = values[Math.min(values.length - 1, Math.floor(uniform * values.length))];
  if (value === undefined) throw new RangeError('a choice has no values');
  return value;
}

/** A value drawn uniformly: on the log scale for log parameters, among the steps for stepped ones. */
export function sampleValue(parameter: Exclude<Parameter, { kind: 'constant' }>, random: () => number): ParameterValue {
  return parameter.kind === 'choice' ? pick(parameter.values, random()) : fromUnit(parameter, random());
}

/**
 * A configuration drawn uniformly from the space.
 *
 * @param random a stream of numbers in [0, 1)
 */
export function sampleConfiguration(space: SearchSpace, random: () => number): Configuration {
  return buildConfiguration(space, (parameter) => sampleValue(parameter, random));
}

/** The value that trial 0 takes: the default, else the middle of the range (geometric when log), else the first choice. */
export function defaultValue(parameter: Exclude<Parameter, { kind: 'constant' }>): ParameterValue {
  if (parameter.default !== undefined) return parameter.default;
  return parameter.kind === 'choice' ? pick(parameter.values, 0) : fromUnit(parameter, 0.5);
}

/** The configuration of all defaults. */
export function defaultConfiguration(space: SearchSpace): Configuration {
  return buildConfiguration(space, defaultValue);
}

function priorValue(parameter: Exclude<Parameter, { kind: 'constant' }>, random: () => number): ParameterValue {
  if (parameter.default === undefined) return sampleValue(parameter, random);
  if (parameter.kind === 'choice') {
    return random() < priorKeep[parameter.confidence] ? parameter.default : sampleValue(parameter, random);
  }
  const mean = toUnit(parameter, parameter.default);
  return fromUnit(parameter, truncatedNormal(mean, priorSpread[parameter.confidence], random()));
}

/** A configuration near the defaults, as near as the confidence of each says; parameters without a default are uniform. */
export function priorConfiguration(space: SearchSpace, random: () => number): Configuration {
  return buildConfiguration(space, (parameter) => priorValue(parameter, random));
}

/** How far a mutation strays on the unit interval, and how likely a parameter mutates (PriorBand, Mallik et al. 2023). */
export const mutation = { spread: 0.25, probability: 0.5 } as const;

/** A choice takes a whole step however near a neighbour is to be: the smaller the spread, the seldomer it does. */
function mutationProbability({ kind }: Parameter, spread: number): number {
  return kind === 'choice' ? mutation.probability * Math.min(1, spread / mutation.spread) : mutation.probability;
}

function mutateValue(
  parameter: Exclude<Parameter, { kind: 'constant' }>,
  value: ParameterValue,
  random: () => number,
  spread: number,
): ParameterValue {
  if (parameter.kind === 'choice') return changedChoice(parameter, value, random);
  const moved = truncatedNormal(toUnit(parameter, Number(value)), spread, random());
  return fromUnit(parameter, moved);
}

function changedChoice(parameter: ChoiceParameter, value: ParameterValue, random: () => number): ParameterValue {
  const others = parameter.values.filter((other) => other !== value);
  return others.length === 0 ? value : pick(others, random());
}

/**
 * A neighbour of a configuration: each parameter mutates with probability 0.5, choices the seldomer the nearer it is to be, at least one does; numbers move
 * by a truncated normal on the unit interval, choices take another value. What becomes active on the way is drawn from the prior, what becomes inactive goes.
 *
 * @param spread how far numbers move: a standard deviation on the unit interval, at least 0.01
 */
export function mutate(
  space: SearchSpace,
  configuration: Configuration,
  random: () => number,
  spread: number = mutation.spread,
): Configuration {
  const free = space.parameters.filter(
    ({ kind, name }) => kind !== 'constant' && valueIn(configuration, name) !== undefined,
  );
  const chosen = new Set(
    free.filter((parameter) => random() < mutationProbability(parameter, spread)).map(({ name }) => name),
  );
  const fallback = free[Math.min(free.length - 1, Math.floor(random() * free.length))];
  if (chosen.size === 0 && fallback !== undefined) chosen.add(fallback.name);
  return buildConfiguration(space, (parameter) => {
    const value = valueIn(configuration, parameter.name);
    if (value === undefined) return priorValue(parameter, random);
    return chosen.has(parameter.name) ? mutateValue(parameter, value, random, spread) : value;
  });
}
