import type { FailureReason } from '../state/events.js';
import type { StudyState } from '../state/types.js';
import { isOfTheMachine } from './backoff.js';

/** Failures in a row, with nothing that worked in between, after which the engine itself is doubted. */
const failuresOfAnEngine = 5;
/** A single configuration may be what crashes an engine. */
const fewestTrials = 2;
/** With less time left the final run's own ladder is the better use of it. */
const shortestSeconds = 30;

/** Damaged data would fail with any engine. */
function isOfTheEngine(reason: FailureReason): boolean {
  return reason !== 'data' && isOfTheMachine(reason);
}

/**
 * Whether the engine in use seems to be lost, a GPU that is gone or a library that was deleted: crashes, hangs, errors and wrong messages in a row
 * since something worked with it. Never of WebAssembly, which is always there.
 */
export function isEngineDoubtful(state: StudyState, now: number): boolean {
  const { engine, plan, final } = state;
  if (!engine || !plan || engine.engine === 'wasm' || plan.endsAt - now < shortestSeconds) return false;
  if (final.status === 'failed') {
    const workedAt = Math.max(engine.at, final.curve.at(-1)?.at ?? 0);
    const failures = final.failures.filter(({ at, reason }) => at > workedAt && isOfTheEngine(reason));
    return failures.length >= failuresOfAnEngine;
  }
  const failures = state.failuresInARow.filter(({ reason }) => isOfTheEngine(reason));
  const trials = new Set(failures.map(({ trial }) => trial));
  return failures.length >= failuresOfAnEngine && trials.size >= fewestTrials;
}
