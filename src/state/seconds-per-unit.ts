import { rungCost } from '../scheduler/cost.js';
import type { SchedulerSettings } from '../space/types.js';
import type { TrialState } from './types.js';

/** Seconds of a unit of resource by all that the trial itself has trained; null before it has finished a rung. */
export function secondsPerUnit({ rungs }: TrialState, { anneal, cooldown }: SchedulerSettings): number | null {
  let [seconds, units] = [0, 0];
  for (const [index, record] of rungs.entries()) {
    if (record.status !== 'finished') continue;
    seconds += record.result.trainSeconds;
    units += rungCost({ from: rungs[index - 1]?.resource ?? 0, to: record.resource, anneal, cooldown });
  }
  return units > 0 ? seconds / units : null;
}
