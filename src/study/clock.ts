import type { Clock } from '../executor/executor.js';

/** Node's timers hold no longer delays than this. */
const longestDelayMilliseconds = 2 ** 31 - 1;

/**
 * The study's time on this machine: anchored once to the wall clock, then monotonic, so that a change of the system's clock does not move the
 * deadline.
 * @param startedAtEpochSeconds the study's start, seconds since 1970.
 */
export function systemClock(startedAtEpochSeconds: number): Clock {
  const offsetSeconds = Date.now() / 1000 - startedAtEpochSeconds - performance.now() / 1000;
  const nowSeconds = () => performance.now() / 1000 + offsetSeconds;
  return {
    nowSeconds,
    at(atSeconds, callback) {
      let timer: NodeJS.Timeout;
      const arm = () => {
        const left = Math.max(0, (atSeconds - nowSeconds()) * 1000);
        timer =
          left > longestDelayMilliseconds ? setTimeout(arm, longestDelayMilliseconds) : setTimeout(callback, left);
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}
