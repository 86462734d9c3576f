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

/** Where the final run has come furthest; null where it has saved nothing. Of two with as many images the later one: the model. */
export function furthestCheckpoint({ final }: StudyState): FinalCheckpoint | null {
  if (final.status === 'waiting') return null;
  return final.checkpoints.reduce<FinalCheckpoint | null>(
    (best, checkpoint) => (best === null || checkpoint.images >= best.images ? checkpoint : best),
    null,
  );
}

/** Until when predicting may be begun. A final run that has finished is past its planned end: what its process could have used is left. */
function lastStart({ plan, final }: StudyState): number {
  const end = final.status === 'finished' ? final.start.killAt : (plan?.endsAt ?? 0);
  return end - leastSeconds;
}

/** Whether the final run's checkpoint makes a better submission than a trial: it has seen more images. */
export function isBetterThanTrial(
  state: StudyState,
  checkpoint: FinalCheckpoint,
  trial: number,
  rung: number,
): boolean {
  const seen = (state.trials[trial]?.rungs ?? []).reduce(
    (sum, record) => sum + (record.status === 'finished' && record.rung <= rung ? record.result.images : 0),
    0,
  );
  return checkpoint.images > seen;
}

/**
 * A prediction from what the final run has left, where it failed or the disk did not take its own predictions, and that is better than what
 * stands; null where it is not, or there is nothing left to try.
 */
export function checkpointPrediction(state: StudyState, now: number): Action | null {
  const { created, data, final, submission, predictions } = state;
  if (!created?.submissionPath || !data || data.test === 0) return null;
  if (final.status !== 'failed' && (final.status !== 'finished' || final.result.predictions !== null)) return null;
  const model = final.status === 'finished' ? final.result.model : null;
  const checkpoint = model === null ? furthestCheckpoint(state) : { path: model, trial: final.start.trial };
  if (checkpoint === null || lastStart(state) < now) return null;
  const earlier = predictions.filter(({ rung }) => rung === null);
  if (earlier.length >= mostPredictions || earlier.some(({ end }) => end?.failed === null)) return null;
  const standing = submission?.source === 'trial' && submission.trial !== null ? submission : null;
  // The whole model is better than any trial.
  if (
    standing &&
    'images' in checkpoint &&
    !isBetterThanTrial(state, checkpoint, standing.trial ?? 0, standing.rung ?? 0)
  )
    return null;
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
