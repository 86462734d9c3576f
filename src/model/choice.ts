import type { SearchSpace } from '../space/types.js';
import { wouldFail } from '../state/attempts.js';
import { type RankedTrial, rankTrials } from '../state/ranking.js';
import type { StudyState, TrialState } from '../state/types.js';
import { worth } from '../state/worth.js';
import { expectedImprovement } from './improvement.js';
import { isInformed, type Outlook, outlookOf, type TrialOutlook } from './outlook.js';

/** The outlook by which trials are chosen; null where the space asks for none, or it knows no more than chance. */
export function informedOutlook(state: Pick<StudyState, 'trials' | 'plan'>, space: SearchSpace): Outlook | null {
  if (space.scheduler.kind !== 'model-asha') return null;
  const outlook = outlookOf(state, space);
  return outlook && isInformed(outlook) ? outlook : null;
}

/** Of these trials the one that is expected to improve most on the best of all others at the top; null where the outlook knows none of them. */
export function mostPromisingTrial({ trials }: Outlook, candidates: readonly number[]): number | null {
  const [first, second] = trials.toSorted(byMean);
  const allowed = new Set(candidates);
  let chosen: { readonly trial: number; readonly gain: number; readonly mean: number } | null = null;
  for (const outlook of trials) {
    if (!allowed.has(outlook.trial)) continue;
    const best = first?.trial === outlook.trial ? second : first;
    const gain = expectedImprovement(outlook.mean, outlook.deviation, best?.mean ?? outlook.mean);
    const { trial, mean } = outlook;
    if (chosen === null || gain > chosen.gain || (gain === chosen.gain && mean > chosen.mean))
      chosen = { trial, gain, mean };
  }
  return chosen?.trial ?? null;
}

/** A trial that a final training may take. */
export interface FinalCandidate {
  readonly ranked: RankedTrial;
  /** On the scale of `worth`: by the model where it is asked and knows enough, as the trial is expected to end at the top; else as it stands. */
  readonly value: number;
}

/**
 * The trials that a final training is expected to make most of, best first, at most so many. Those of which one would probably fail are among them
 * only where there are no others.
 */
export function candidatesOf(
  state: Pick<StudyState, 'trials' | 'plan'>,
  space: SearchSpace,
  most: number,
): readonly FinalCandidate[] {
  const outlook = informedOutlook(state, space);
  const ranking = rankTrials(state);
  if (!outlook)
    return bearing(ranking, most, ({ state: trial }) => trial).map((ranked) => ({
      ranked,
      value: worth(ranked.score),
    }));
  const byTrial = new Map(ranking.map((ranked) => [ranked.trial, ranked]));
  const expected = outlook.trials.toSorted(byMean).flatMap(({ trial, mean }): readonly FinalCandidate[] => {
    const ranked = byTrial.get(trial);
    return ranked ? [{ ranked, value: mean }] : [];
  });
  return bearing(expected, most, ({ ranked }) => ranked.state);
}

/** The first of these trials that would bear a final training; of trials none of which would, the first. A long search has thousands. */
function bearing<T>(ordered: readonly T[], most: number, trialOf: (one: T) => TrialState): readonly T[] {
  const chosen: T[] = [];
  for (const one of ordered) {
    if (chosen.length === most) break;
    if (!wouldFail(trialOf(one))) chosen.push(one);
  }
  return chosen.length > 0 ? chosen : ordered.slice(0, most);
}

/** The first of these candidates; null before a rung has finished. */
export function incumbentOf(state: Pick<StudyState, 'trials' | 'plan'>, space: SearchSpace): RankedTrial | null {
  return candidatesOf(state, space, 1)[0]?.ranked ?? null;
}

function byMean(a: TrialOutlook, b: TrialOutlook): number {
  return b.mean - a.mean || a.trial - b.trial;
}
