import { wouldFail } from './attempts.js';
import type { RankedTrial } from './rank.js';
import { summaryOf } from './summary.js';
import type { StudyState } from './types.js';

export type { RankedTrial } from './rank.js';

/**
 * The trials of a study from best to worst. A trial counts with its highest finished rung, whatever happened to it afterwards; trials
 * without a finished rung and scores that are not numbers are left out. Order: higher score, then higher resource, then lower number.
 */
export function rankTrials({ trials }: Pick<StudyState, 'trials'>): readonly RankedTrial[] {
  return summaryOf(trials).ranking;
}

/**
 * The trials in the order in which people are told of them: what the final model was made with, before that the winner of the search, before that nothing
 * else than `rankTrials`. It need not have the highest score: a faster one may learn more in a final training, and a score may be luck.
 */
export function bestFirst(state: Pick<StudyState, 'trials' | 'searchEnd' | 'final'>): readonly RankedTrial[] {
  const { final, searchEnd } = state;
  const first = final.status === 'finished' ? final.start.trial : searchEnd?.winner;
  return rankTrials(state).toSorted((a, b) => Number(b.trial === first) - Number(a.trial === first));
}

/** The first of the ranked trials that is eligible; null where none is. */
export function bestTrial(
  state: Pick<StudyState, 'trials'>,
  isEligible: (trial: RankedTrial) => boolean = () => true,
): RankedTrial | null {
  return rankTrials(state).find(isEligible) ?? null;
}

/** The order in which final trainings take the trials: as ranked, but last those of which one would probably fail. */
export function finalOrder(state: Pick<StudyState, 'trials'>): readonly RankedTrial[] {
  return rankTrials(state).toSorted((a, b) => Number(wouldFail(a.state)) - Number(wouldFail(b.state)));
}
