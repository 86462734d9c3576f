import { milestone } from '../state/milestone.js';
import { GaussianProcess } from './gaussian-process.js';
import { fitHyperparameters, type Hyperparameters, type Measured, type Prior } from './hyperparameters.js';
import type { PointSpace } from './point.js';

/** A value at a point, and when it was measured. */
export interface Datum extends Measured {
  readonly at: number;
}

/** Hyperparameters as they were last fitted, by level: the same data give the same ones, so that this only saves time. */
export type FittedMemory = Map<number, { readonly key: readonly unknown[]; readonly fitted: Hyperparameters }>;

/** Points of a process; more of them cost too much time. */
export const mostPoints = 160;

/** Points that its hyperparameters are fitted to. */
const mostFitted = 80;

/** From so many data on hyperparameters are fitted only when a fifth more are there. */
const few = 8;

/** The data up to the last milestone, in the order in which they came. */
export function untilMilestone<T extends { readonly at: number }>(data: readonly T[]): readonly T[] {
  return data.toSorted((a, b) => a.at - b.at).slice(0, milestone(data.length, few));
}

/** A process of the kept data, its hyperparameters fitted to those until the last milestone, spread over all these. */
export function fittedProcess(
  { isChoice }: PointSpace,
  level: number,
  { all, kept }: { readonly all: readonly Datum[]; readonly kept: readonly Datum[] },
  memory: FittedMemory,
  prior: Prior,
): GaussianProcess {
  const first = untilMilestone(all);
  const spread = Math.min(first.length, mostFitted);
  const chosen = Array.from({ length: spread }, (_, index) => Math.floor((index * first.length) / spread));
  const fitted = chosen.flatMap((index) => first.slice(index, index + 1));
  const told = fitted.flatMap(({ point, value, variance }) => [point, value, variance]);
  const key = [...told, prior.amplitude.logMean, prior.mean.value];
  const known = memory.get(level);
  const isKnown = known && known.key.length === key.length && known.key.every((one, index) => one === key[index]);
  const hyperparameters = isKnown ? known.fitted : fitHyperparameters(fitted, isChoice, prior);
  memory.set(level, { key, fitted: hyperparameters });
  return new GaussianProcess(kept, isChoice, hyperparameters, prior);
}
