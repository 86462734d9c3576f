import type { EventOf, TrialState } from './types.js';

/** A trial that finished at least one rung, with what its highest finished rung says about it. */
export interface RankedTrial {
  readonly trial: number;
  /** The trial's highest finished rung. */
  readonly rung: number;
  /** Top-1 there, in [0, 1]; never NaN. */
  readonly score: number;
  /** Resource of that rung, in the unit of the scheduler. */
  readonly resource: number;
  readonly result: EventOf<'rung-finished'>;
  readonly state: TrialState;
}

/** Higher score, then higher resource, then lower number: no two trials stand equal. */
export function byRank(a: RankedTrial, b: RankedTrial): number {
  return b.score - a.score || b.resource - a.resource || a.trial - b.trial;
}

/** Null where the trial has finished no rung with a score that is a number. */
export function rankOf(state: TrialState): RankedTrial | null {
  let best: RankedTrial | null = null;
  for (const record of state.rungs) {
    if (record.status !== 'finished' || Number.isNaN(record.result.score)) continue;
    const { rung, resource, result } = record;
    if (best !== null && (rung < best.rung || (rung === best.rung && result.score <= best.score))) continue;
    best = { trial: state.trial, rung, score: result.score, resource, result, state };
  }
  return best;
}
