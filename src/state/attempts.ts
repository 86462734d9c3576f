import { unreachable } from '../errors.js';
import type { RungRecord, TrialState } from './types.js';

type Failed = Extract<RungRecord, { status: 'failed' }>;

/** Attempts at one rung, those that the study itself interrupted not counted. */
const mostAttempts = 3;

/** Part of the usual micro-batch below which a rung is not tried. */
const leastMemoryShare = 0.5;

/** How a rung is started. */
export interface Attempt {
  /** From 1. */
  readonly attempt: number;
  /** Part of the usual micro-batch that it may hold, in (0, 1]. */
  readonly memoryShare: number;
}

/**
 * Whether a rung that has failed is tried again. A crash, a hang or a wrong message may be the machine's doing; with half the memory a network may
 * fit; a divergence, a rung that takes too long and an error come from the configuration and would come again.
 */
export function isTriedAgain({
  reason,
  attempt,
  memoryShare,
}: Pick<Failed, 'reason' | 'attempt' | 'memoryShare'>): boolean {
  switch (reason) {
    case 'interrupted':
      return true;
    case 'crash':
    case 'hang':
    case 'protocol':
    case 'data':
      return attempt < mostAttempts;
    case 'out-of-memory':
      return attempt < mostAttempts && memoryShare > leastMemoryShare;
    case 'diverged':
    case 'over-time':
    case 'error':
      return false;
    default:
      return unreachable(reason);
  }
}

/** @param before what became of the rung so far; undefined where it is new. */
export function nextAttempt(before: RungRecord | undefined): Attempt {
  if (before?.status !== 'failed') return { attempt: 1, memoryShare: 1 };
  const { reason, attempt, memoryShare } = before;
  return {
    attempt: reason === 'interrupted' ? attempt : attempt + 1,
    memoryShare: reason === 'out-of-memory' ? memoryShare / 2 : memoryShare,
  };
}

/** Whether a trial has come to a bad end: its last rung failed and is not tried again, or its score is no number. */
export function hasFailed({ rungs }: Pick<TrialState, 'rungs'>): boolean {
  const last = rungs.at(-1);
  if (last?.status === 'finished') return Number.isNaN(last.result.score);
  return last?.status === 'failed' && !isTriedAgain(last);
}

/**
 * Whether a final training would probably fail as the trial's last rung did. Not where that took too long: a final training ends in time however far it
 * has come, and the machine or the end of the search may have been the reason.
 */
export function wouldFail(trial: Pick<TrialState, 'rungs'>): boolean {
  const last = trial.rungs.at(-1);
  return hasFailed(trial) && !(last?.status === 'failed' && last.reason === 'over-time');
}
