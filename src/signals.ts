import { monotonicSeconds } from './monotonic.js';

export type StopSignal = 'SIGINT' | 'SIGTERM';

const signals: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

/**
 * A terminal sends its signals to every process that was started from it, and each passes them on; a key that is held repeats itself, at the latest
 * after 0.66 s. What comes so soon after what was heard is the same wish.
 */
const sameWishSeconds = 0.75;

/** A held key repeats itself faster than anybody presses it again. */
const heldKeySeconds = 0.1;

/** Passes on each wish once, however often it is uttered in a row. */
export function oncePerWish<Words extends readonly unknown[]>(
  listener: (...words: Words) => void,
  now = monotonicSeconds,
): (...words: Words) => void {
  let heardSeconds = Number.NEGATIVE_INFINITY;
  let lastSeconds = Number.NEGATIVE_INFINITY;
  return (...words) => {
    const at = now();
    const isSame = at - heardSeconds <= sameWishSeconds || at - lastSeconds <= heldKeySeconds;
    lastSeconds = at;
    if (isSame) return;
    heardSeconds = at;
    listener(...words);
  };
}

/**
 * Calls `listener` each time that somebody asks this process to stop, and keeps SIGHUP from ending it: a terminal that goes away is no reason to
 * lose a run.
 * @returns how to stop listening.
 */
export function onStopSignals(listener: (signal: StopSignal) => void, now = monotonicSeconds): () => void {
  const hear = oncePerWish(listener, now);
  const ignore = () => undefined;
  for (const signal of signals) process.on(signal, hear);
  process.on('SIGHUP', ignore);
  return () => {
    for (const signal of signals) process.off(signal, hear);
    process.off('SIGHUP', ignore);
  };
}
