import { median } from 'simple-statistics';
import { rungCost } from '../scheduler/cost.js';
import type { SchedulerSettings } from '../space/types.js';
import { rungTrainSeconds, secondsPerUnit } from '../state/seconds-per-unit.js';
import { type FinishedRung, summaryOf } from '../state/summary.js';
import type { StudyState } from '../state/types.js';

/** Seconds that the next rung of a trial is expected to take, measured on this study where it has measurements. */
export interface RungEstimate {
  readonly trainSeconds: number;
  readonly overheadSeconds: number;
}

/** @param trial null for a new one. */
export type RungEstimator = (trial: number | null, from: number, to: number) => RungEstimate;

/**
 * Estimates rungs by what this study has measured: an overhead is the median of what the newest rungs took beyond training, a unit of resource takes
 * what it took in the trial's own rungs, else the median of the newest; the plan's guess before a rung has finished. A second always takes a
 * second. What rungs took is looked through once, however much is asked.
 */
export function rungEstimator(state: StudyState, scheduler: SchedulerSettings): RungEstimator {
  const { trials, plan } = state;
  let all: Measured | null = null;
  const measured = (): Measured => {
    all ??= measure(summaryOf(trials).recent, scheduler);
    return all;
  };
  let overheadSeconds: number | null = null;
  let common: number | null = null;
  const unitSeconds = (trial: number | null): number => {
    if (scheduler.unit === 'seconds') return 1;
    const known = trial === null ? undefined : trials[trial];
    const own = known ? secondsPerUnit(known, scheduler) : null;
    if (own !== null) return own;
    common ??= medianOr(measured().rates, plan?.secondsPerUnit ?? 1);
    return common;
  };
  return (trial, from, to) => {
    const { anneal, cooldown } = scheduler;
    overheadSeconds ??= medianOr(measured().overheads, plan?.overheadSeconds ?? 0);
    return { trainSeconds: rungCost({ from, to, anneal, cooldown }) * unitSeconds(trial), overheadSeconds };
  };
}

function medianOr(values: number[], otherwise: number): number {
  return values.length > 0 ? median(values) : otherwise;
}

interface Measured {
  /** Seconds of one unit of resource, by finished rung. */
  readonly rates: number[];
  /** Seconds beyond training, by finished rung; clocks differ a little, but none is below 0. */
  readonly overheads: number[];
}

function measure(finished: readonly FinishedRung[], { anneal, cooldown }: SchedulerSettings): Measured {
  return {
    rates: finished.map(({ from, to, result }) => rungTrainSeconds(result) / rungCost({ from, to, anneal, cooldown })),
    overheads: finished.map(({ result }) => Math.max(0, result.wallSeconds - result.trainSeconds)),
  };
}
