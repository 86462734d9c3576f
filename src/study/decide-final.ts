import { exitCode } from '../errors.js';
import { rankTrials } from '../state/ranking.js';
import type { FinalState, StudyState } from '../state/types.js';
import type { Action } from './actions.js';
import { finalNotBefore } from './backoff.js';

/** With less time than this left a new attempt at the final run cannot end with predictions. */
const shortestAttemptSeconds = 4;

/** Failures of one configuration's final training before the next-best one gets its chance. */
const failuresPerConfiguration = 2;

/** What comes after the search: the final training, again after a failure, then the end of the study. */
export function decideFinal(state: StudyState, now: number): Action | null {
  const { created, plan, searchEnd, final } = state;
  if (!created || !plan || !searchEnd) return null;
  if (created.mode === 'search') return finishAfterSearch(state, searchEnd.reason);
  switch (final.status) {
    case 'running':
      return null;
    case 'finished':
      return finishAfterFinal(state, final);
    case 'waiting':
    case 'failed':
      break;
  }
  // A prediction that still runs holds its slot and, on a GPU, the memory.
  if (state.predictions.some(({ end }) => end === null)) return null;
  if (plan.endsAt - now < shortestAttemptSeconds) return giveUp(state);
  if (now < finalNotBefore(state)) return null;
  return {
    type: 'start-final',
    slot: 0,
    endsAt: plan.endsAt,
    killAt: plan.endsAt + 0.6 * (created.budgetSeconds - plan.endsAt),
    ...attempt(state, final, searchEnd.winner ?? 0),
  };
}

type Attempt = Pick<
  Extract<Action, { type: 'start-final' }>,
  'trial' | 'attempt' | 'learningRateFactor' | 'memoryShare'
>;

/** Which configuration the next attempt trains and how carefully. */
function attempt(state: StudyState, final: FinalState, winner: number): Attempt {
  const failures = final.status === 'failed' ? final.failures.filter(({ reason }) => reason !== 'interrupted') : [];
  const candidates = [winner, ...rankTrials(state).map(({ trial }) => trial)].filter(
    (trial, index, all) => all.indexOf(trial) === index,
  );
  const place = Math.min(candidates.length - 1, Math.floor(failures.length / failuresPerConfiguration));
  const sameConfiguration = failures.slice(place * failuresPerConfiguration);
  const divergences = sameConfiguration.filter(({ reason }) => reason === 'diverged').length;
  return {
    trial: candidates[place] ?? winner,
    attempt: failures.length + 1,
    learningRateFactor: 0.5 ** divergences,
    memoryShare: 0.5 ** sameConfiguration.filter(({ reason }) => reason === 'out-of-memory').length,
  };
}

/** The end at the last instant: of a search, of a final run that has ended by then, or of what is left of it. */
export function finishNow(state: StudyState): Action {
  const { created, searchEnd, final } = state;
  if (created?.mode === 'search') return finishAfterSearch(state, searchEnd?.reason ?? 'the search time is over');
  return final.status === 'finished' ? finishAfterFinal(state, final) : giveUp(state);
}

function finishAfterSearch(state: StudyState, reason: string): Action {
  return rankTrials(state).length > 0
    ? { type: 'finish', exitCode: exitCode.done, reason }
    : { type: 'finish', exitCode: exitCode.failed, reason: 'no trial finished' };
}

function finishAfterFinal(state: StudyState, final: Extract<FinalState, { status: 'finished' }>): Action {
  const { searchEnd, submission, created } = state;
  const wantsSubmission = created?.submissionPath !== null && (state.data?.test ?? 0) > 0;
  if (wantsSubmission && submission?.source !== 'final') return giveUp(state);
  if (final.start.trial !== searchEnd?.winner) {
    return {
      type: 'finish',
      exitCode: exitCode.done,
      reason: `the final model is trial ${final.start.trial}: the winner's training failed`,
    };
  }
  return { type: 'finish', exitCode: exitCode.done, reason: 'the final model is trained' };
}

/** The end without a final model: with what stands, or with nothing. */
function giveUp(state: StudyState): Action {
  return state.submission || rankTrials(state).length > 0
    ? { type: 'finish', exitCode: exitCode.fallback, reason: 'the final training did not end in time' }
    : { type: 'finish', exitCode: exitCode.failed, reason: 'neither a trial nor the final training ended in time' };
}
