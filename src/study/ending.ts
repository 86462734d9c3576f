import { basename } from 'node:path';
import { exitCode } from '../errors.js';
import { rankTrials } from '../state/ranking.js';
import type { FinalState, StudyState } from '../state/types.js';
import { checkpointsByImages } from './fallback-prediction.js';
import { studyPaths } from './paths.js';

/** How a study ends: the exit code of its program, and why, in words. */
export interface Ending {
  readonly exitCode: number;
  readonly reason: string;
}

const modelName = basename(studyPaths.finalModel);
const trained = 'the final model is trained';
const late = 'the final training did not end in time';

/**
 * How a study ends that ends now. Done: a search that has found something; a final model that is trained, with its submission in place where one is
 * wanted. Fallback: something else stands in its place. Failed: nothing does.
 */
export function endingOf(state: StudyState): Ending {
  const { created, searchEnd, final, submission } = state;
  const isOfUse = submission !== null || rankTrials(state).length > 0;
  if (created?.mode === 'search') {
    return isOfUse
      ? { exitCode: exitCode.done, reason: searchEnd?.reason ?? 'the search time is over' }
      : { exitCode: exitCode.failed, reason: 'no trial finished' };
  }
  const fallback = isOfUse ? exitCode.fallback : exitCode.failed;
  const wantsSubmission = created?.submissionPath != null && (state.data?.test ?? 0) > 0;
  const isWhole = wantsSubmission ? submission?.source === 'final' : final.status === 'finished';
  if (final.status === 'waiting' || !isWhole) return { exitCode: fallback, reason: reasonWithout(state) };
  const target = created?.submissionPath;
  if (wantsSubmission && submission && submission.path !== target) {
    const reason = `${trained}, but ${target} could not be written: its submission stands in ${submission.path}`;
    return { exitCode: fallback, reason };
  }
  const reason = final.status === 'finished' ? reasonFinished(final, searchEnd?.winner) : reasonUnfinished(final);
  return { exitCode: exitCode.done, reason };
}

function reasonFinished(
  { start, result }: Extract<FinalState, { status: 'finished' }>,
  winner?: number | null,
): string {
  if (start.trial !== winner) return `the final model is trial ${start.trial}: the winner's training failed`;
  return result.model === null ? `${trained}, but the disk did not take its file` : trained;
}

/** Of a final run that was trained and has predicted, but whose process ended before its result. */
function reasonUnfinished({ start, checkpoints }: Extract<FinalState, { status: 'running' | 'failed' }>): string {
  // Its own save tells the study of it: without, it may stand torn or not at all.
  return checkpoints.some(({ path, trial }) => trial === start.trial && basename(path) === modelName)
    ? `${trained}, but its training ended before it was scored`
    : 'the submission comes from the final model, whose file is missing: its training ended before it was written';
}

/** Of an end without a final model, or without its predictions in place. */
function reasonWithout(state: StudyState): string {
  const { final, submission } = state;
  const isFromCheckpoint = submission?.source === 'final-checkpoint';
  if (final.status === 'finished') {
    const { predictions, model } = final.result;
    const problem =
      predictions === null
        ? `the disk did not take ${model === null ? 'it or its predictions' : 'its predictions'}`
        : 'its submission was not put in place in time';
    return `${trained}, but ${problem}${isFromCheckpoint ? ': the submission comes from its last checkpoint' : ''}`;
  }
  if (isFromCheckpoint) return `${late}: the submission comes from ${checkpointText(state)}`;
  const hasAny = submission !== null || rankTrials(state).length > 0;
  return hasAny ? late : 'neither a trial nor the final training ended in time';
}

/** What was predicted from; a later attempt may have saved more since. */
function checkpointText(state: StudyState): string {
  const trial = state.submission?.trial;
  const predictedAt = state.predictions.findLast((one) => one.trial === trial && one.rung === null)?.startedAt ?? 0;
  const checkpoint = checkpointsByImages(state).find((one) => one.trial === trial);
  if (checkpoint === undefined) return 'its last checkpoint';
  return checkpoint.at > predictedAt
    ? 'an earlier checkpoint'
    : `its last checkpoint after ${checkpoint.images} images`;
}
