import { rungTrainSeconds } from '../state/seconds-per-unit.js';
import type { FinalCheckpoint, StudyState } from '../state/types.js';
import type { Action } from './actions.js';
import { startTimeoutSeconds } from './ask-again.js';
import { failedPredictions, mostPredictions, unpredictedTrial } from './decide-submission.js';
import { attemptSeconds, inferenceSeconds, startSeconds } from './final-seconds.js';

/** With less time left not even predicting is begun. */
const leastSeconds = 0.5;

/** Part of what is left that a prediction with the best trial may take before the final run, where only the class prior stands. */
const insuranceShare = 0.05;

/** What may be predicted from when the search is over. */
interface Source {
  readonly trial: number;
  /** Null for what the final run has left. */
  readonly rung: number | null;
  readonly model: string;
  /** Training images that it has seen: who has seen more is taken for better. */
  readonly images: number;
  /** Part of the usual images a run of a program, in (0, 1]. */
  readonly memoryShare: number;
}

/** What the final run has saved, the furthest first. Of two with as many images the later one comes first: the model. */
export function checkpointsByImages({ final }: StudyState): readonly FinalCheckpoint[] {
  return final.status === 'waiting' ? [] : final.checkpoints.toReversed().sort((a, b) => b.images - a.images);
}

/** When a final run, or what predicts in its place, is killed: past its planned end, in what is kept for putting its submission in place. */
export function finalKillAt({ created, plan, final }: StudyState): number {
  if (final.status === 'finished') return final.start.killAt;
  return created && plan ? plan.endsAt + 0.6 * (created.budgetSeconds - plan.endsAt) : 0;
}

/** A prediction with the best of what there is, where no final model predicts any more; null where nothing is better than what stands, or can be tried again. */
export function fallbackPrediction(state: StudyState, now: number): Action | null {
  const [source] = sources(state);
  const killAt = finalKillAt(state);
  // A final run that has finished is past its planned end: what its process could have used is left.
  const end = state.final.status === 'finished' ? killAt : (state.plan?.endsAt ?? 0);
  return source === undefined || now > end - leastSeconds ? null : start(state, source, killAt);
}

/**
 * A prediction that comes before an attempt at the final run, in case nothing comes of that: with the best trial where only the class prior stands and
 * it takes a small part of what is left; and with whatever is best, the final run's last checkpoint above all, where a further attempt that hangs at
 * its start would leave no time for it.
 */
export function insuringPrediction(state: StudyState, now: number): Action | null {
  const { created, plan, final, submission, searchEnd } = state;
  if (!created || !plan) return null;
  const leftSeconds = plan.endsAt - now;
  const isTrialPlaced = submission?.source === 'trial';
  // One trial after the other could fail, and each take its time from the final run.
  const failed = state.predictions.filter(
    ({ rung, end, startedAt }) =>
      rung !== null && end !== null && end.failed !== null && startedAt >= (searchEnd?.at ?? 0),
  );
  const isBarred = failed.length >= mostPredictions;
  const hangSeconds = startTimeoutSeconds(created.budgetSeconds);
  const mayBeLast = final.status === 'failed' && leftSeconds < hangSeconds + attemptSeconds(state);
  const source = sources(state).find(({ trial, rung }) => {
    if (rung !== null && isBarred) return false;
    if (mayBeLast) return rung === null || !isTrialPlaced;
    return rung !== null && !isTrialPlaced && inferenceSeconds(state, trial) <= insuranceShare * leftSeconds;
  });
  if (source === undefined) return null;
  // A new process may take as long as one that hangs, as long as half of the time is left for another try.
  const expected = startSeconds(state) + 3 * inferenceSeconds(state, source.trial) + 5;
  const limit = Math.max(expected, Math.min(expected + hangSeconds, leftSeconds / 2));
  return start(state, source, Math.min(finalKillAt(state), now + limit));
}

/**
 * What makes a better submission than what stands, in the order in which it is tried: the one that has seen most images first, but what has failed once
 * may be damaged, and comes after what has not.
 */
function sources(state: StudyState): readonly Source[] {
  const { created, data, submission, final } = state;
  if (!created?.submissionPath || !data || data.test === 0) return [];
  if (submission?.source === 'final' || submission?.source === 'final-checkpoint') return [];
  if (final.status === 'finished' && final.result.predictions !== null) return [];
  const failures = ({ trial, rung }: Source) => failedPredictions(state, trial, rung);
  return [...trialSource(state), ...finalSources(state)]
    .filter((source) => failures(source) < mostPredictions)
    .toSorted((a, b) => failures(a) - failures(b) || b.images - a.images);
}

function trialSource(state: StudyState): readonly Source[] {
  const best = unpredictedTrial(state);
  if (!best) return [];
  const { trial, rung, model } = best;
  return [{ trial, rung, model, images: imagesOf(state, trial, rung), memoryShare: 1 }];
}

/** What the final run has left. */
function finalSources(state: StudyState): readonly Source[] {
  const { final, submission } = state;
  if (final.status !== 'failed' && final.status !== 'finished') return [];
  const { trial, memoryShare } = final.start;
  // The whole model is better than any trial.
  if (final.status === 'finished' && final.result.model !== null)
    return [{ trial, rung: null, model: final.result.model, images: Number.POSITIVE_INFINITY, memoryShare }];
  const seen =
    submission?.source === 'trial' && submission.trial !== null
      ? imagesOf(state, submission.trial, submission.rung ?? 0)
      : 0;
  return checkpointsByImages(state)
    .filter(({ images }) => images > seen)
    .map((checkpoint) => ({
      trial: checkpoint.trial,
      rung: null,
      model: checkpoint.path,
      images: checkpoint.images,
      memoryShare,
    }));
}

/** Training images that a trial has seen up to a rung; a rung counts those of its last attempt alone, the earlier ones' are taken to be as many a second. */
function imagesOf(state: StudyState, trial: number, rung: number): number {
  return (state.trials[trial]?.rungs ?? []).reduce((sum, record) => {
    if (record.status !== 'finished' || record.rung > rung) return sum;
    const { images, trainSeconds } = record.result;
    return sum + (trainSeconds > 0 ? (images * rungTrainSeconds(record.result)) / trainSeconds : images);
  }, 0);
}

function start(state: StudyState, { trial, rung, model, memoryShare }: Source, killAt: number): Action {
  // It may have failed for want of memory.
  const share = memoryShare / 2 ** failedPredictions(state, trial, rung);
  return { type: 'start-prediction', trial, rung, slot: 0, model, memoryShare: share, killAt };
}
