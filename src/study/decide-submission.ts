import { rankTrials } from '../state/ranking.js';
import type { StudyState } from '../state/types.js';
import type { Action } from './actions.js';
import { studyPaths } from './paths.js';

/** Part of the search's slot time that predictions of the test images may take before the final run. */
const predictionShare = 0.01;

/** A better submission that is ready but not in place yet. */
export function decideSubmission(state: StudyState): Action | null {
  if (!state.created?.submissionPath || !state.data || state.data.test === 0) return null;
  const { submission, final } = state;
  if (final.status === 'finished' && final.result.predictions && submission?.source !== 'final') {
    return {
      type: 'place-submission',
      source: 'final',
      trial: final.start.trial,
      predictions: final.result.predictions,
    };
  }
  if (submission?.source === 'final') return null;
  const ready = rankTrials(state).find(({ trial }) =>
    state.predictions.some((prediction) => prediction.trial === trial && prediction.end?.failed === null),
  );
  if (!ready || ready.trial === submission?.trial) return null;
  return {
    type: 'place-submission',
    source: 'trial',
    trial: ready.trial,
    predictions: studyPaths.trialPredictions(ready.trial),
  };
}

/** A prediction of the test images with the best trial so far, where there is none yet and the allowance pays for it. */
export function duePrediction(state: StudyState, slot: number, now: number): Action | null {
  const { created, data, engine } = state;
  if (!created?.submissionPath || !engine || !data || data.test === 0) return null;
  const best = rankTrials(state)[0];
  if (!best || state.predictions.some(({ trial, end }) => trial === best.trial || end === null)) return null;
  const allowance = predictionShare * created.budgetSeconds * engine.slots;
  const spent = state.predictions.reduce((sum, { end }) => sum + (end?.wallSeconds ?? 0), 0);
  const expected = data.test / best.result.inferenceImagesPerSecond;
  // A first, paid-for submission from a trained model is worth more than any later one: keep half for improvements.
  const limit = state.predictions.length === 0 ? allowance : (allowance - spent) / 2;
  if (expected > limit) return null;
  return {
    type: 'start-prediction',
    trial: best.trial,
    slot,
    model: best.result.model,
    killAt: now + 3 * expected + 5,
  };
}
