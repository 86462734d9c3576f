import type { FinalCheckpoint, StudyState } from '../state/types.js';
import type { Action } from './actions.js';

/** Before one has been measured: the program, an engine, a network, the first step. */
const guessedStartSeconds = 4;
/** A start may be slower on a machine in trouble. */
const startMargin = 1.5;
const inferenceMargin = 1.5;
/** Steps that anneal, writing and reporting. */
const fixedSeconds = 1;
/** With less time left not even predicting is begun. */
const leastSeconds = 0.5;

/** Attempts at predicting from the final run's checkpoints. */
const mostPredictions = 2;

/** Seconds that a further attempt at the final run needs at the least, by what starting and predicting have taken in this study. */
export function attemptSeconds(state: StudyState): number {
  const { starts, rates } = measured(state);
  const start = starts.length > 0 ? Math.max(...starts) : guessedStartSeconds;
  const slowest = Math.min(...rates);
  const inference = Number.isFinite(slowest) ? (state.data?.test ?? 0) / slowest : 0;
  return startMargin * start + inferenceMargin * inference + fixedSeconds;
}

/** What finished rungs took beside their work, and at which rates they predict, images a second; a training never sees more images than that. */
function measured({ trials, searchEnd, final }: StudyState): {
  readonly starts: readonly number[];
  readonly rates: readonly number[];
} {
  const results = trials.flatMap(({ rungs }) =>
    rungs.flatMap((record) => (record.status === 'finished' ? [record.result] : [])),
  );
  const starts = results.map(({ wallSeconds, trainSeconds, evaluateSeconds, checkpointSeconds }) =>
    Math.max(0, wallSeconds - trainSeconds - evaluateSeconds - checkpointSeconds),
  );
  const winner = final.status === 'waiting' ? searchEnd?.winner : final.start.trial;
  const own = trials.flatMap(({ trial, rungs }) =>
    rungs.flatMap((record) =>
      record.status === 'finished' && trial === winner ? [record.result.inferenceImagesPerSecond] : [],
    ),
  );
  if (own.length > 0 || final.status === 'waiting') return { starts, rates: own };
  return {
    starts,
    rates: final.curve.flatMap(({ imagesPerSecond }) => (imagesPerSecond > 0 ? [imagesPerSecond] : [])).slice(-1),
  };
}

/** What the final run has saved, the furthest first. Of two with as many images the later one comes first: the model. */
export function checkpointsByImages({ final }: StudyState): readonly FinalCheckpoint[] {
  return final.status === 'waiting' ? [] : final.checkpoints.toReversed().sort((a, b) => b.images - a.images);
}

/** Until when predicting may be begun. A final run that has finished is past its planned end: what its process could have used is left. */
function lastStart({ plan, final }: StudyState): number {
  const end = final.status === 'finished' ? final.start.killAt : (plan?.endsAt ?? 0);
  return end - leastSeconds;
}

/** Whether the final run's checkpoint makes a better submission than a trial: it has seen more images. */
function isBetterThanTrial(state: StudyState, checkpoint: FinalCheckpoint, trial: number, rung: number): boolean {
  const seen = (state.trials[trial]?.rungs ?? []).reduce(
    (sum, record) => sum + (record.status === 'finished' && record.rung <= rung ? record.result.images : 0),
    0,
  );
  return checkpoint.images > seen;
}

/** What may be predicted from, best first: the whole model is better than any trial. */
function betterThanStands(state: StudyState): readonly Pick<FinalCheckpoint, 'path' | 'trial'>[] {
  const { final, submission } = state;
  if (final.status === 'finished' && final.result.model !== null)
    return [{ path: final.result.model, trial: final.start.trial }];
  const checkpoints = checkpointsByImages(state);
  if (submission?.source !== 'trial' || submission.trial === null) return checkpoints;
  const { trial, rung } = submission;
  return checkpoints.filter((checkpoint) => isBetterThanTrial(state, checkpoint, trial, rung ?? 0));
}

/**
 * A prediction from what the final run has left, where it failed or the disk did not take its own predictions, and that is better than what
 * stands; null where it is not, or there is nothing left to try.
 */
export function checkpointPrediction(state: StudyState, now: number): Action | null {
  const { created, data, final, predictions } = state;
  if (!created?.submissionPath || !data || data.test === 0) return null;
  if (final.status !== 'failed' && (final.status !== 'finished' || final.result.predictions !== null)) return null;
  const earlier = predictions.filter(({ rung }) => rung === null);
  if (earlier.length >= mostPredictions || earlier.some(({ end }) => end?.failed === null)) return null;
  const worthwhile = betterThanStands(state);
  // What has failed once may be damaged: another configuration's comes first.
  const checkpoint = worthwhile.find(({ trial }) => !earlier.some((one) => one.trial === trial)) ?? worthwhile[0];
  if (checkpoint === undefined || lastStart(state) < now) return null;
  return {
    type: 'start-prediction',
    trial: checkpoint.trial,
    rung: null,
    slot: 0,
    model: checkpoint.path,
    memoryShare: final.start.memoryShare,
    killAt: final.start.killAt,
  };
}
