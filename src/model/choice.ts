import type { SearchSpace } from '../space/types.js';
import { bestTrial, type RankedTrial, rankTrials } from '../state/ranking.js';
import type { StudyState } from '../state/types.js';
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

/** The trial that a final training is expected to make most of: by the model where it is asked and knows enough, else the best by its score. */
export function incumbentOf(
  state: Pick<StudyState, 'trials' | 'plan'>,
  space: SearchSpace,
  isEligible: (trial: RankedTrial) => boolean = () => true,
): RankedTrial | null {
  const outlook = informedOutlook(state, space);
  if (!outlook) return bestTrial(state, isEligible);
  const expected = new Map(outlook.trials.map((trial) => [trial.trial, trial]));
  let best: { readonly ranked: RankedTrial; readonly outlook: TrialOutlook } | null = null;
  for (const ranked of rankTrials(state)) {
    const one = expected.get(ranked.trial);
    if (one && (best === null || byMean(one, best.outlook) < 0) && isEligible(ranked)) best = { ranked, outlook: one };
  }
  return best?.ranked ?? null;
}

function byMean(a: TrialOutlook, b: TrialOutlook): number {
  return b.mean - a.mean || a.trial - b.trial;
}
