import { unreachable } from '../errors.js';
import { bestTrial, rankTrials } from '../state/ranking.js';
import type { FinalState, StudyState } from '../state/types.js';
import type { Action } from './actions.js';
import { studyPaths } from './paths.js';
import { keptModels } from './retention.js';

/** Part of the budget that predictions of the test images may take before the final run. */
const predictionShare = 0.01;

/** A better submission that is ready but not in place yet. */
export function decideSubmission(state: StudyState): Action | null {
  if (!state.created?.submissionPath || !state.data || state.data.test === 0) return null;
  const { submission, final } = state;
  const predictions = finalPredictions(final);
  if (final.status !== 'waiting' && predictions !== null && submission?.source !== 'final')
    return { type: 'place-submission', source: 'final', trial: final.start.trial, rung: null, predictions };
  if (submission?.source === 'final' || submission?.source === 'final-checkpoint') return null;
  const checkpointed = state.predictions.findLast(({ rung, end }) => rung === null && end?.failed === null);
  // It was made because it is better than what stood.
  if (checkpointed) {
    const predictions = studyPaths.finalCheckpointPredictions;
    const isModel = final.status === 'finished' && final.result.model !== null;
    const source = isModel ? 'final' : 'final-checkpoint';
    return { type: 'place-submission', source, trial: checkpointed.trial, rung: null, predictions };
  }
  /** The highest rung that a trial has predicted from. */
  const predicted = new Map<number, number>();
  for (const { trial, rung, end } of state.predictions) {
    if (rung !== null && end?.failed === null) predicted.set(trial, Math.max(rung, predicted.get(trial) ?? 0));
  }
  const best = predicted.size > 0 ? bestTrial(state, ({ trial }) => predicted.has(trial)) : null;
  const rung = best && predicted.get(best.trial);
  if (!best || rung == null || (submission?.trial === best.trial && submission.rung === rung)) return null;
  const { trial } = best;
  return { type: 'place-submission', source: 'trial', trial, rung, predictions: studyPaths.trialPredictions(trial) };
}

/** What the trained model has predicted, also where its process ended before it could write or score that model. */
function finalPredictions(final: FinalState): string | null {
  switch (final.status) {
    case 'waiting':
      return null;
    case 'running':
    case 'failed':
      return final.predictions;
    case 'finished':
      return final.result.predictions;
    default:
      return unreachable(final);
  }
}

/** Attempts at a prediction from the same model: a crash, a hang or a full disk may pass. */
export const mostPredictions = 2;

/** How often a prediction with a trial's model of this rung, or with what its final run has left, has failed. */
export function failedPredictions({ predictions }: StudyState, trial: number, rung: number | null): number {
  return predictions.filter((one) => one.trial === trial && one.rung === rung && (one.end?.failed ?? null) !== null)
    .length;
}

/** A trial's model that can predict. */
interface TrialModel {
  readonly trial: number;
  readonly rung: number;
  readonly model: string;
  /** Images a second, as measured in its slot. */
  readonly inferenceImagesPerSecond: number;
}

/** The best trial whose model stands and has not failed too often, where it is still to predict; null where that or a better trial has. */
export function unpredictedTrial(state: StudyState): TrialModel | null {
  const { submission, predictions } = state;
  const ranked = rankTrials(state);
  // After the search no other models are kept.
  const models = ranked.filter(({ result }) => result.model !== null).slice(0, keptModels);
  const best = models.find(({ trial, rung }) => failedPredictions(state, trial, rung) < mostPredictions);
  if (!best?.result.model) return null;
  const { trial, rung } = best;
  const { model, inferenceImagesPerSecond } = best.result;
  // A better one without a model may have predicted with that of a lower rung.
  const better = ranked.slice(0, ranked.indexOf(best)).map((one) => one.trial);
  const done = [...predictions.filter(({ end }) => end?.failed === null), ...(submission ? [submission] : [])];
  const isAsGood = (one: (typeof done)[number]) =>
    one.trial !== null &&
    one.rung !== null &&
    (better.includes(one.trial) || (one.trial === trial && one.rung >= rung));
  if (done.some(isAsGood)) return null;
  return { trial, rung, model, inferenceImagesPerSecond };
}

/**
 * A prediction of the test images with the best trial so far whose model stands, where there is none yet and the allowance pays for it.
 * @param latest no prediction runs past this instant.
 */
export function duePrediction(state: StudyState, slot: number, now: number, latest: number): Action | null {
  const { created, data, predictions } = state;
  if (!created?.submissionPath || !data || data.test === 0) return null;
  const best = unpredictedTrial(state);
  if (!best || predictions.some(({ end }) => end === null)) return null;
  const { trial, rung, model, inferenceImagesPerSecond } = best;
  const left =
    predictionShare * created.budgetSeconds - predictions.reduce((sum, { end }) => sum + (end?.wallSeconds ?? 0), 0);
  const expected = data.test / inferenceImagesPerSecond;
  // A first, paid-for submission from a trained model is worth more than any later one: keep half for improvements.
  const limit = predictions.some(({ end }) => end?.failed === null) ? left / 2 : left;
  if (expected > limit || now + expected > latest) return null;
  return {
    type: 'start-prediction',
    trial,
    rung,
    slot,
    model,
    // It may have failed for want of memory.
    memoryShare: 1 / 2 ** failedPredictions(state, trial, rung),
    killAt: Math.min(latest, now + 3 * expected + 5),
  };
}
