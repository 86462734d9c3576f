import type { Clock } from '../executor/executor.js';
import { currentBoot, type MonotonicInstant, monotonicSeconds } from '../monotonic.js';

/** Node's timers hold no longer delays than this. */
const longestDelayMilliseconds = 2 ** 31 - 1;

/** The instant at which a study began. */
export interface StudyStart {
  /** Wall clock, seconds since 1970. */
  readonly startedAtEpochSeconds: number;
  /** The same instant on the machine's monotonic clock; absent where the system has none that outlives a process. */
  readonly monotonicStart?: MonotonicInstant | undefined;
}

/** What an instant of the wall clock, in the past, is on the monotonic clock of this machine. */
export function startedAt(startedAtEpochSeconds: number): StudyStart {
  const boot = currentBoot();
  if (boot === null) return { startedAtEpochSeconds };
  const seconds = monotonicSeconds() - (Date.now() / 1000 - startedAtEpochSeconds);
  return { startedAtEpochSeconds, monotonicStart: { boot, seconds } };
}

/**
 * The study's time on this machine: anchored once, then monotonic, so that a change of the system's clock does not move the deadline. Until the
 * machine is started anew the anchor is the monotonic clock as well, and a resumed study does not notice a changed clock either; after that the
 * wall clock has to do.
 * @param notBefore what the study's time is at least: it never goes back behind what its journal holds, seconds.
 */
export function systemClock({ startedAtEpochSeconds, monotonicStart }: StudyStart, notBefore = 0): Clock {
  const anchored = monotonicSeconds();
  const elapsed =
    monotonicStart !== undefined && monotonicStart.boot === currentBoot()
      ? anchored - monotonicStart.seconds
      : Date.now() / 1000 - startedAtEpochSeconds;
  const offsetSeconds = Math.max(notBefore, elapsed) - anchored;
  const nowSeconds = () => monotonicSeconds() + offsetSeconds;
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
