import { headStart } from '../budget/search-until.js';
import type { SearchSpace } from '../space/types.js';
import { wouldFail } from '../state/attempts.js';
import { type RankedTrial, rankTrials } from '../state/ranking.js';
import { shareVariance } from '../state/statistics.js';
import type { EventOf, StudyState } from '../state/types.js';
import { accuracyOf, worth } from '../state/worth.js';

/**
 * Why the default configuration wins although the search has chosen another trial, in words; null where it does not. The default is what is known to do
 * well elsewhere, and the best of many scores is luck for a part: it is replaced by what is better by more than one standard error of the difference
 * (Breiman et al. 1984), at the highest rung that both have finished. How much further the final training gets with the faster one counts as well.
 */
export function defaultWins(state: StudyState, space: SearchSpace, chosen: number, now: number): string | null {
  const [first] = state.trials;
  if (first?.origin !== 'default' || !namesDefaults(space) || chosen === first.trial || wouldFail(first)) return null;
  const ranking = rankTrials(state);
  const [given, other] = [first.trial, chosen].map((number) => ranking.find(({ trial }) => trial === number));
  const results = given && other && highestCommon(given, other);
  if (!results) return null;
  const [standard, best] = results;
  const error = Math.sqrt(
    [standard, best].reduce((sum, one) => sum + shareVariance(one.score, one.evaluatedImages), 0),
  );
  const reached = accuracyOf(worth(best.score) + headStart(state, space, other, given, now));
  if (error === 0 || reached - standard.score > error) return null;
  const [ours, theirs, difference] = [standard.score, best.score, error].map((one) => one.toFixed(4));
  return `trial ${given.trial}, the default configuration, is taken: trial ${chosen} is not better by more than one standard error (${theirs} and ${ours}, ± ${difference})`;
}

/** Where a space names none, its first trial is only the middle of it. */
function namesDefaults({ parameters }: SearchSpace): boolean {
  return parameters.some((parameter) => parameter.kind !== 'constant' && parameter.default !== undefined);
}

type Finished = EventOf<'rung-finished'>;

/** What both have shown where both were trained longest; null where they have no rung in common. */
function highestCommon(one: RankedTrial, other: RankedTrial): readonly [Finished, Finished] | null {
  for (const mine of one.state.rungs.toReversed()) {
    if (mine.status !== 'finished') continue;
    const theirs = other.state.rungs.find(
      ({ resource, status }) => status === 'finished' && resource === mine.resource,
    );
    if (theirs?.status === 'finished') return [mine.result, theirs.result];
  }
  return null;
}
