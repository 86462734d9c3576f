import { informedOutlook, mostPromisingTrial } from '../model/choice.js';
import type { Outlook, TrialOutlook } from '../model/outlook.js';
import type { Choice } from '../scheduler/asha.js';
import type { SearchSpace } from '../space/types.js';
import { wouldFail } from '../state/attempts.js';
import type { StudyState } from '../state/types.js';

/** The outlook by which trials are promoted, without those that have failed since their result: nobody has to be better than these. */
export function bearingOutlook(state: StudyState, space: SearchSpace): Outlook | null {
  const outlook = informedOutlook(state, space);
  const bears = ({ trial }: TrialOutlook) => !wouldFail(state.trials[trial] ?? { rungs: [] });
  return outlook && { ...outlook, trials: outlook.trials.filter(bears) };
}

/** Who is promoted of those that may be: whom the outlook expects to improve most on the best; without one the first in the order of the rung. */
export function choiceBy(outlook: Outlook | null): Choice {
  if (!outlook) return ([first]) => first ?? null;
  return (entries) => {
    const trials = entries.map(({ trial }) => trial);
    const chosen = mostPromisingTrial(outlook, trials);
    return entries.find(({ trial }) => trial === chosen) ?? null;
  };
}
