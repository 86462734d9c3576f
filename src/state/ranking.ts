import type { EventOf, StudyState, TrialState } from './types.js';

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

/**
 * The trials of a study from best to worst. A trial counts with its highest finished rung, whatever happened to it afterwards; trials
 * without a finished rung and scores that are not numbers are left out. Order: higher score, then higher resource, then lower number.
 */
export function rankTrials(state: Pick<StudyState, 'trials'>): readonly RankedTrial[] {
  return state.trials.flatMap((trial) => rank(trial) ?? []).sort(byRank);
}

/** The first of the ranked trials that is eligible, without ranking the others; null where none is. */
export function bestTrial(
  state: Pick<StudyState, 'trials'>,
  isEligible: (trial: RankedTrial) => boolean = () => true,
): RankedTrial | null {
  let best: RankedTrial | null = null;
  for (const trial of state.trials) {
    const ranked = rank(trial);
    if (ranked && (best === null || byRank(ranked, best) < 0) && isEligible(ranked)) best = ranked;
  }
  return best;
}

function byRank(a: RankedTrial, b: RankedTrial): number {
  return b.score - a.score || b.resource - a.resource || a.trial - b.trial;
}

function rank(state: TrialState): RankedTrial | null {
  let best: RankedTrial | null = null;
  for (const record of state.rungs) {
    if (record.status !== 'finished' || Number.isNaN(record.result.score)) continue;
    const { rung, resource, result } = record;
    if (best !== null && (rung < best.rung || (rung === best.rung && result.score <= best.score))) continue;
    best = { trial: state.trial, rung, score: result.score, resource, result, state };
  }
  return best;
}
