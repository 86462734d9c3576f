import { Worker } from 'node:worker_threads';

/** What the main thread hands to the watchdog's thread. */
export interface WatchdogData {
  /** The process that this one shall not outlive; null for none. */
  readonly companion: number | null;
  /** One number: when to end the process, in nanoseconds of `process.hrtime`; 0 for never. Shared memory. */
  readonly deadline: BigInt64Array;
}

export interface Watchdog {
  /** Ends the process at this instant of the monotonic clock, seconds; null for never. */
  endAt(atSeconds: number | null): void;
}

/**
 * Ends this process with SIGKILL when another one is gone or its time has passed, from a thread of its own: also while the main thread is blocked
 * in a native call that never comes back.
 * @param companion number of the process that this one shall not outlive, its parent as a rule; null to watch the time alone.
 */
export function startWatchdog(companion: number | null): Watchdog {
  const deadline = new BigInt64Array(new SharedArrayBuffer(8));
  const workerData: WatchdogData = { companion, deadline };
  new Worker(new URL('./watchdog-thread.js', import.meta.url), { workerData }).unref();
  return {
    endAt: (atSeconds) => {
      Atomics.store(deadline, 0, atSeconds === null ? 0n : BigInt(Math.max(1, Math.round(atSeconds * 1e9))));
    },
  };
}
