import { finalOrder, rankTrials } from '../state/ranking.js';
import { rungTrainSeconds } from '../state/seconds-per-unit.js';
import type { FinalState, StudyState } from '../state/types.js';
import type { Action } from './actions.js';
import { resolutionOf } from './assignment.js';
import { finalNotBefore } from './backoff.js';
import { endingOf } from './ending.js';
import { fallbackPrediction, finalKillAt, insuringPrediction } from './fallback-prediction.js';
import { type FinalStep, finalStep } from './final-ladder.js';
import { attemptSeconds, startSeconds } from './final-seconds.js';

/** With less time left nobody could even have started a process. */
const leastFirstSeconds = 0.5;

/** What comes after the search: the final training, again after a failure, then the end of the study. */
export function decideFinal(state: StudyState, now: number): Action | null {
  const { created, plan, searchEnd, final } = state;
  if (!created || !plan || !searchEnd) return null;
  if (created.mode === 'search') return finishNow(state);
  // A prediction that still runs holds its slot and, on a GPU, the memory.
  if (final.status === 'running' || state.predictions.some(({ end }) => end === null)) return null;
  if (final.status === 'finished') return fallbackPrediction(state, now) ?? finishNow(state);
  if (final.status === 'failed' && state.submission?.source === 'final') return finishNow(state);
  const next = attempt(state, final, searchEnd.winner ?? 0);
  if (!isWorthwhile(state, next.trial, plan.endsAt - now)) return fallbackPrediction(state, now) ?? finishNow(state);
  const insurance = insuringPrediction(state, now);
  if (insurance) return insurance;
  if (now < finalNotBefore(state)) return null;
  return { type: 'start-final', slot: 0, endsAt: plan.endsAt, killAt: finalKillAt(state), ...next };
}

/**
 * Whether an attempt at the final run is begun with so many seconds left: where that makes a better model than the best trial is. Fresh weights that
 * are trained less than that one was would only put something worse in its place.
 */
function isWorthwhile(state: StudyState, trial: number, leftSeconds: number): boolean {
  const { final } = state;
  const rungs = rankTrials(state)[0]?.state.rungs ?? [];
  const seconds = rungs.reduce(
    (sum, record) => sum + (record.status === 'finished' ? rungTrainSeconds(record.result) : 0),
    0,
  );
  // It had one slot; the final run has all that the machine is.
  const trained = seconds / (state.engine?.slots ?? 1);
  if (final.status === 'waiting') {
    // Where nothing has been trained yet there is nothing to lose: a first attempt is made however little time is left.
    if (rungs.length === 0) return leftSeconds >= leastFirstSeconds;
    // It measures itself what predicting takes, and keeps time for that; what is expected here would only keep it from trying.
    return leftSeconds > trained && leftSeconds >= startSeconds(state);
  }
  const isSaved = final.status === 'failed' && final.checkpoints.some((checkpoint) => checkpoint.trial === trial);
  return leftSeconds >= attemptSeconds(state) && (isSaved || leftSeconds > trained);
}

/** Which configuration the next attempt trains and how carefully. */
function attempt(state: StudyState, final: FinalState, winner: number): FinalStep & { readonly attempt: number } {
  const failures = final.status === 'failed' ? final.failures : [];
  const candidate = (trial: number) => ({ trial, resolution: resolutionOf(state.trials[trial]?.configuration ?? {}) });
  const others = finalOrder(state).flatMap(({ trial }) => (trial === winner ? [] : [candidate(trial)]));
  return {
    ...finalStep([candidate(winner), ...others], state.data?.resolutions ?? [], failures),
    attempt: failures.filter(({ reason }) => reason !== 'interrupted').length + 1,
  };
}

/** The end, with what stands now. */
export function finishNow(state: StudyState): Action {
  return { type: 'finish', ...endingOf(state) };
}
