import { basename } from 'node:path';
import { exitCode } from '../errors.js';
import { rankTrials } from '../state/ranking.js';
import type { FinalState, StudyState } from '../state/types.js';
import type { Action } from './actions.js';
import { resolutionOf } from './assignment.js';
import { finalNotBefore } from './backoff.js';
import { attemptSeconds, checkpointPrediction, checkpointsByImages } from './final-checkpoint.js';
import { type FinalStep, finalStep } from './final-ladder.js';
import { studyPaths } from './paths.js';

/** With less time left nobody could even have started a process. */
const leastFirstSeconds = 0.5;

const modelName = basename(studyPaths.finalModel);

/** What comes after the search: the final training, again after a failure, then the end of the study. */
export function decideFinal(state: StudyState, now: number): Action | null {
  const { created, plan, searchEnd, final } = state;
  if (!created || !plan || !searchEnd) return null;
  if (created.mode === 'search') return finishAfterSearch(state, searchEnd.reason);
  switch (final.status) {
    case 'running':
      return null;
    case 'finished':
      if (state.predictions.some(({ end }) => end === null)) return null;
      return checkpointPrediction(state, now) ?? finishAfterFinal(state, final);
    case 'failed':
      if (state.submission?.source === 'final') return finishWithPredictions(state, final);
      break;
    case 'waiting':
      break;
  }
  // A prediction that still runs holds its slot and, on a GPU, the memory.
  if (state.predictions.some(({ end }) => end === null)) return null;
  const next = attempt(state, final, searchEnd.winner ?? 0);
  const leftSeconds = plan.endsAt - now;
  if (
    leftSeconds < neededSeconds(state) ||
    (final.status === 'failed' && !isWorthwhile(final, next.trial, state, leftSeconds))
  )
    return checkpointPrediction(state, now) ?? giveUp(state);
  if (now < finalNotBefore(state)) return null;
  return {
    type: 'start-final',
    slot: 0,
    endsAt: plan.endsAt,
    killAt: plan.endsAt + 0.6 * (created.budgetSeconds - plan.endsAt),
    ...next,
  };
}

/** Where nothing has been trained yet there is nothing to lose: a first attempt is made however little time is left. */
function neededSeconds(state: StudyState): number {
  const isFirst = state.final.status === 'waiting' && rankTrials(state).length === 0;
  return isFirst ? leastFirstSeconds : attemptSeconds(state);
}

/** Fresh weights that train for less time than the best trial did would only put something worse in its place. */
function isWorthwhile(
  { checkpoints }: Extract<FinalState, { status: 'failed' }>,
  trial: number,
  state: StudyState,
  leftSeconds: number,
): boolean {
  if (checkpoints.some((checkpoint) => checkpoint.trial === trial)) return true;
  const rungs = rankTrials(state)[0]?.state.rungs ?? [];
  const trained = rungs.reduce(
    (sum, record) => sum + (record.status === 'finished' ? record.result.trainSeconds : 0),
    0,
  );
  return leftSeconds > trained;
}

/** Which configuration the next attempt trains and how carefully. */
function attempt(state: StudyState, final: FinalState, winner: number): FinalStep & { readonly attempt: number } {
  const failures = final.status === 'failed' ? final.failures : [];
  const candidate = (trial: number) => ({ trial, resolution: resolutionOf(state.trials[trial]?.configuration ?? {}) });
  const others = rankTrials(state).flatMap(({ trial }) => (trial === winner ? [] : [candidate(trial)]));
  return {
    ...finalStep([candidate(winner), ...others], state.data?.resolutions ?? [], failures),
    attempt: failures.filter(({ reason }) => reason !== 'interrupted').length + 1,
  };
}

/** The end at the last instant: of a search, of a final run that has ended by then, or of what is left of it. */
export function finishNow(state: StudyState): Action {
  const { created, searchEnd, final } = state;
  if (created?.mode === 'search') return finishAfterSearch(state, searchEnd?.reason ?? 'the search time is over');
  if (final.status === 'finished') return finishAfterFinal(state, final);
  const isPredicted = final.status !== 'waiting' && state.submission?.source === 'final';
  return isPredicted ? finishWithPredictions(state, final) : giveUp(state);
}

/** The end of a final run that was trained and has predicted, but whose process ended before its result. */
function finishWithPredictions(
  state: StudyState,
  { start, checkpoints }: Extract<FinalState, { status: 'running' | 'failed' }>,
): Action {
  const misplaced = finishMisplaced(state);
  if (misplaced) return misplaced;
  // Its own save tells the study of it: without, it may stand torn or not at all.
  const hasModel = checkpoints.some(({ path, trial }) => trial === start.trial && basename(path) === modelName);
  const reason = hasModel
    ? 'the final model is trained, but its training ended before it was scored'
    : 'the submission comes from the final model, whose file is missing: its training ended before it was written';
  return { type: 'finish', exitCode: exitCode.done, reason };
}

/** The end of a study whose submission could not be written where its user wants it; null where it could. */
function finishMisplaced({ submission, created }: StudyState): Action | null {
  if (!created?.submissionPath || !submission || submission.path === created.submissionPath) return null;
  const reason = `the final model is trained, but ${created.submissionPath} could not be written: its submission stands in ${submission.path}`;
  return { type: 'finish', exitCode: exitCode.fallback, reason };
}

function finishAfterSearch(state: StudyState, reason: string): Action {
  return rankTrials(state).length > 0
    ? { type: 'finish', exitCode: exitCode.done, reason }
    : { type: 'finish', exitCode: exitCode.failed, reason: 'no trial finished' };
}

function finishAfterFinal(state: StudyState, final: Extract<FinalState, { status: 'finished' }>): Action {
  const { searchEnd, submission, created } = state;
  const wantsSubmission = created?.submissionPath !== null && (state.data?.test ?? 0) > 0;
  if (wantsSubmission && submission?.source !== 'final') return finishUnplaced(state, final);
  const misplaced = wantsSubmission ? finishMisplaced(state) : null;
  if (misplaced) return misplaced;
  if (final.start.trial !== searchEnd?.winner) {
    return {
      type: 'finish',
      exitCode: exitCode.done,
      reason: `the final model is trial ${final.start.trial}: the winner's training failed`,
    };
  }
  const reason =
    final.result.model === null
      ? 'the final model is trained, but the disk did not take its file'
      : 'the final model is trained';
  return { type: 'finish', exitCode: exitCode.done, reason };
}

/** The end of a final run whose predictions are not the submission. */
function finishUnplaced(state: StudyState, { result }: Extract<FinalState, { status: 'finished' }>): Action {
  const stands = state.submission !== null || rankTrials(state).length > 0;
  const problem =
    result.predictions === null
      ? `the disk did not take ${result.model === null ? 'it or its predictions' : 'its predictions'}`
      : 'its submission was not put in place in time';
  const instead =
    state.submission?.source === 'final-checkpoint' ? ': the submission comes from its last checkpoint' : '';
  const reason = `the final model is trained, but ${problem}${instead}`;
  return { type: 'finish', exitCode: stands ? exitCode.fallback : exitCode.failed, reason };
}

/** The end without a final model: with what stands, or with nothing. */
function giveUp(state: StudyState): Action {
  if (state.submission?.source === 'final-checkpoint') {
    const { trial } = state.submission;
    const checkpoint = checkpointsByImages(state).find((one) => one.trial === trial);
    const images = checkpoint === undefined ? '' : ` after ${checkpoint.images} images`;
    const reason = `the final training did not end in time: the submission comes from its last checkpoint${images}`;
    return { type: 'finish', exitCode: exitCode.fallback, reason };
  }
  return state.submission || rankTrials(state).length > 0
    ? { type: 'finish', exitCode: exitCode.fallback, reason: 'the final training did not end in time' }
    : { type: 'finish', exitCode: exitCode.failed, reason: 'neither a trial nor the final training ended in time' };
}
