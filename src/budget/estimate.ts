import { median } from 'simple-statistics';
import { rungCost } from '../scheduler/cost.js';
import type { SchedulerSettings } from '../space/types.js';
import type { StudyState, TrialState } from '../state/types.js';

/** Seconds that the next rung of a trial is expected to take, measured on this study where it has measurements. */
export interface RungEstimate {
  readonly trainSeconds: number;
  readonly overheadSeconds: number;
}

/** What finished rungs took beyond training, in seconds: the median, or the plan's guess before the first has finished. */
export function measuredOverheadSeconds(state: StudyState): number {
  const overheads = finished(state.trials).map(({ result }) => Math.max(0, result.wallSeconds - result.trainSeconds));
  return overheads.length > 0 ? median(overheads) : (state.plan?.overheadSeconds ?? 0);
}

/** Seconds of one unit of resource: exactly 1 for seconds, else what this trial, or the median trial, or the plan says. */
export function measuredSecondsPerUnit(state: StudyState, scheduler: SchedulerSettings, trial: number | null): number {
  if (scheduler.unit === 'seconds') return 1;
  const rates = (trials: readonly TrialState[]) =>
    finished(trials).map(({ record, below, result }) => {
      const cost = rungCost({
        from: below,
        to: record.resource,
        anneal: scheduler.anneal,
        cooldown: scheduler.cooldown,
      });
      return result.trainSeconds / cost;
    });
  const own = trial === null ? [] : rates(state.trials.filter((candidate) => candidate.trial === trial));
  const all = own.length > 0 ? own : rates(state.trials);
  return all.length > 0 ? median(all) : (state.plan?.secondsPerUnit ?? 1);
}

export function estimateRung(
  state: StudyState,
  scheduler: SchedulerSettings,
  trial: number | null,
  from: number,
  to: number,
): RungEstimate {
  const cost = rungCost({ from, to, anneal: scheduler.anneal, cooldown: scheduler.cooldown });
  return {
    trainSeconds: cost * measuredSecondsPerUnit(state, scheduler, trial),
    overheadSeconds: measuredOverheadSeconds(state),
  };
}

function finished(trials: readonly TrialState[]) {
  return trials.flatMap((trial) =>
    trial.rungs.flatMap((record, index) =>
      record.status === 'finished'
        ? [{ record, below: trial.rungs[index - 1]?.resource ?? 0, result: record.result }]
        : [],
    ),
  );
}
