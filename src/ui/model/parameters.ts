import type { Configuration, ParameterValue } from '../../space/types.js';
import type { TrialState } from '../../state/types.js';
import { number4 } from './numbers.js';

/** Short headings that the field uses; any other parameter is headed by the last part of its name. */
const headings = new Map([
  ['learningRate', 'lr'],
  ['batchSize', 'batch'],
  ['weightDecay', 'wd'],
  ['labelSmoothing', 'smoothing'],
]);

/** What people look at first, by the last part of the name. */
const foremost = ['learningRate', 'family', 'width', 'blocks', 'stages', 'resolution', 'batchSize', 'weightDecay'];

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

export function parameterHeading(name: string): string {
  return headings.get(lastPart(name)) ?? lastPart(name);
}

export function parameterText(value: ParameterValue, unknown: string): string {
  if (typeof value === 'number') return number4(value, unknown);
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
}

/** A parameter of a configuration as text; `unknown` where it is not active. */
export function parameterOf(configuration: Configuration, name: string, unknown: string): string {
  const value = Object.hasOwn(configuration, name) ? configuration[name] : undefined;
  return value === undefined ? unknown : parameterText(value, unknown);
}

/** A parameter as a column of the table. */
export interface ParameterColumn {
  readonly name: string;
  readonly heading: string;
  /** Does not depend on the values, so that no column moves when a trial is added. */
  readonly width: number;
  readonly align: 'left' | 'right';
}

/** The parameters that tell trials apart, the foremost ones first; all of them while there are fewer than two trials. */
export function parameterColumns(trials: readonly TrialState[]): ParameterColumn[] {
  const values = new Map<string, ParameterValue[]>();
  for (const { configuration } of trials) {
    for (const [name, value] of Object.entries(configuration)) values.set(name, [...(values.get(name) ?? []), value]);
  }
  const rank = (name: string) => (foremost.indexOf(lastPart(name)) + foremost.length + 1) % (foremost.length + 1);
  return [...values]
    .filter(([, seen]) => trials.length < 2 || new Set(seen).size > 1 || seen.length < trials.length)
    .map(([name, seen]) => {
      const heading = parameterHeading(name);
      const align = seen.every((value) => typeof value === 'number') ? ('right' as const) : ('left' as const);
      const narrowest = seen.every((value) => typeof value === 'boolean') ? 3 : seen.every(Number.isInteger) ? 5 : 8;
      return { name, heading, width: Math.min(10, Math.max(narrowest, heading.length)), align };
    })
    .sort((a, b) => rank(a.name) - rank(b.name));
}

/** The parameters that tell trials apart in one line: `lr 0.31, width 32`. */
export function parameterSummary(trial: TrialState, trials: readonly TrialState[], unknown: string): string {
  return parameterColumns(trials)
    .filter(({ name }) => Object.hasOwn(trial.configuration, name))
    .map(({ name, heading }) => `${heading} ${parameterOf(trial.configuration, name, unknown)}`)
    .join(', ');
}
