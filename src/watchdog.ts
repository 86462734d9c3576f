import { Worker } from 'node:worker_threads';

/** What the main thread hands to the watchdog's thread. */
export interface WatchdogData {
  /** The process that must live on as this one's parent; null for none. */
  readonly parent: number | null;
  /** One number: when to end the process, in nanoseconds of `process.hrtime`; 0 for never. Shared memory. */
  readonly deadline: BigInt64Array;
}

export interface Watchdog {
  /** Ends the process at this instant of the monotonic clock, seconds; null for never. */
  endAt(atSeconds: number | null): void;
}

/**
 * Ends this process with SIGKILL when its parent is gone or its time has passed, from a thread of its own: also while the main thread is blocked
 * in a native call that never comes back.
 * @param parent the parent's process number; null to watch the time alone.
 */
export function startWatchdog(parent: number | null): Watchdog {
  const deadline = new BigInt64Array(new SharedArrayBuffer(8));
  const workerData: WatchdogData = { parent, deadline };
  new Worker(new URL('./watchdog-thread.js', import.meta.url), { workerData }).unref();
  return {
    endAt: (atSeconds) => {
      Atomics.store(deadline, 0, atSeconds === null ? 0n : BigInt(Math.max(1, Math.round(atSeconds * 1e9))));
    },
  };
}
