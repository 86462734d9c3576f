import { rungCost } from '../scheduler/cost.js';
import type { SchedulerSettings } from '../space/types.js';
import type { EventOf, TrialState } from './types.js';

/** Seconds of a unit of resource by all that the trial itself has trained; null before it has finished a rung. */
export function secondsPerUnit({ rungs }: TrialState, { anneal, cooldown }: SchedulerSettings): number | null {
  let seconds = 0;
  let units = 0;
  let from = 0;
  for (const record of rungs) {
    const to = record.resource;
    if (record.status === 'finished') {
      seconds += rungTrainSeconds(record.result);
      units += rungCost({ from, to, anneal, cooldown });
    }
    from = to;
  }
  return units > 0 ? seconds / units : null;
}

/** Seconds in training steps of a whole rung, those that its earlier attempts have left behind included. */
export function rungTrainSeconds({ trainSeconds, earlierTrainSeconds = 0 }: EventOf<'rung-finished'>): number {
  return earlierTrainSeconds + trainSeconds;
}
