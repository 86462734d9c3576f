import { learningOf } from '../budget/learning.js';
import { headStart } from '../budget/search-until.js';
import { levelsOf } from '../scheduler/levels.js';
import type { SearchSpace } from '../space/types.js';
import { wouldFail } from '../state/attempts.js';
import { type RankedTrial, rankTrials } from '../state/ranking.js';
import { shareVariance } from '../state/statistics.js';
import type { StudyState } from '../state/types.js';
import { accuracyOf, worth } from '../state/worth.js';

/**
 * Why the default configuration wins although the search has chosen another trial, in words; null where it does not. The default is what is known to do
 * well elsewhere, and the best of many scores is luck for a part: it is replaced by what is better by more than one standard error of the difference
 * (Breiman et al. 1984). Where the other one was trained for longer, the default is expected to gain what trials do between those rungs. How much further
 * the final training gets with the faster one counts as well.
 */
export function defaultWins(state: StudyState, space: SearchSpace, chosen: number, now: number): string | null {
  const [first] = state.trials;
  if (first?.origin !== 'default' || !namesDefaults(space) || chosen === first.trial || wouldFail(first)) return null;
  const ranking = rankTrials(state);
  const [given, other] = [first.trial, chosen].map((number) => ranking.find(({ trial }) => trial === number));
  const standard = given && other && longestUpTo(given, other.resource);
  if (!standard) return null;
  const best = other.result;
  const learning = learningOf(state.trials, levelsOf(state.plan?.brackets ?? []));
  const expected = accuracyOf(worth(standard.result.score) + learning.gain(standard.resource, other.resource));
  const error = Math.sqrt(
    shareVariance(expected, standard.result.evaluatedImages) + shareVariance(best.score, best.evaluatedImages),
  );
  const reached = accuracyOf(worth(best.score) + headStart(state, space, other, given, now));
  if (error === 0 || reached - expected > error) return null;
  const [ours, theirs, difference] = [expected, best.score, error].map((one) => one.toFixed(4));
  const asLong = other.resource > standard.resource ? ' expected after as long a training' : '';
  return `trial ${given.trial}, the default configuration, is taken: trial ${chosen} with ${theirs} is not better than its ${ours}${asLong} by more than one standard error of the difference, ${difference}`;
}

/** Where a space names none, its first trial is only the middle of it. */
function namesDefaults({ parameters }: SearchSpace): boolean {
  return parameters.some((parameter) => parameter.kind !== 'constant' && parameter.default !== undefined);
}

/** What a trial has shown where it was trained longest, but no longer than so much. */
function longestUpTo({ state }: RankedTrial, resource: number) {
  const found = state.rungs.findLast((record) => record.status === 'finished' && record.resource <= resource);
  return found?.status === 'finished' ? found : undefined;
}
