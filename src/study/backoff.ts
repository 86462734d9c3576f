import type { StudyState } from '../state/types.js';

/** Failures in a row after which the next start waits. */
const freeFailures = 2;
const longestWaitSeconds = 30;

/**
 * The earliest instant at which work may be started again, seconds since the study's start. Failures in a row, with nothing finished in between,
 * say that something is wrong with the machine rather than with a configuration: each further one doubles the wait, from 1 s to 30 s. Divergences
 * are the configuration's own and do not count.
 */
export function notBefore(state: StudyState): number {
  const finished: number[] = [];
  const failures: number[] = [];
  for (const { rungs } of state.trials) {
    for (const record of rungs) {
      if (record.status === 'finished') finished.push(record.result.at);
      if (record.status === 'failed' && isMachineFailure(record.reason)) failures.push(record.failedAt);
    }
  }
  if (state.final.status === 'failed' || state.final.status === 'running') {
    for (const { at, reason } of state.final.failures) if (isMachineFailure(reason)) failures.push(at);
  }
  const lastSuccess = Math.max(Number.NEGATIVE_INFINITY, ...finished);
  const since = failures.filter((at) => at > lastSuccess);
  if (since.length <= freeFailures) return 0;
  return Math.max(...since) + Math.min(longestWaitSeconds, 2 ** (since.length - freeFailures - 1));
}

function isMachineFailure(reason: string): boolean {
  return reason !== 'diverged' && reason !== 'interrupted';
}
