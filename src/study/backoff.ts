import type { FailureReason } from '../state/events.js';
import type { StudyState } from '../state/types.js';

/** Failures in a row after which the next start waits. */
const freeFailures = 2;
const longestWaitSeconds = 30;
/** Failures after which each one counts, whatever its reason. */
const freeSteps = 12;
/** What the next start waits where so many configurations in a row were to blame themselves: no time, and each would be the next one's moment. */
const shortestWaitSeconds = 1;

/**
 * The earliest instant at which the next rung may be started, seconds since the study's start. Failures in a row, with nothing finished in between,
 * say that something is wrong with the machine rather than with a configuration: each further one doubles the wait, from 1 s to 30 s. Those that are a
 * configuration's own cost none; after twelve in a row the next start waits 1 s.
 */
export function rungNotBefore({ failuresInARow: failures }: StudyState): number {
  const ofTheMachine = after(failures.flatMap(({ at, reason }) => (isOfTheMachine(reason) ? [at] : [])));
  const last = failures.at(-1);
  const own = last && failures.length > freeSteps ? last.at + shortestWaitSeconds : 0;
  return Math.max(ofTheMachine, own);
}

/** The same for the next attempt at the final training, which pays for its own failures only. */
export function finalNotBefore({ final }: StudyState): number {
  if (final.status !== 'failed') return 0;
  const failures = final.failures.filter(({ reason }) => reason !== 'interrupted');
  // Smaller micro-batches and lower rates are tried at once, as long as there are any.
  const counted = failures.filter(({ reason }, index) => isOfTheMachine(reason) || index >= freeSteps);
  return after(counted.map(({ at }) => at));
}

function after(failures: readonly number[]): number {
  if (failures.length <= freeFailures) return 0;
  return Math.max(...failures) + Math.min(longestWaitSeconds, 2 ** (failures.length - freeFailures - 1));
}

/** A divergence, too much memory or too slow a network are the configuration's own. */
export function isOfTheMachine(reason: FailureReason): boolean {
  return reason === 'crash' || reason === 'hang' || reason === 'protocol' || reason === 'data' || reason === 'error';
}
