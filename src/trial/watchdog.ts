import { workerData } from 'node:worker_threads';

/** What the main thread hands to the watchdog. */
export interface WatchdogData {
  /** The process that must live on. */
  readonly parent: number;
  /** One number: when to end the process, in nanoseconds of `process.hrtime`; 0 for never. Shared memory. */
  readonly deadline: BigInt64Array;
}

const { parent, deadline } = workerData as WatchdogData;

/** Looks while the main thread is blocked in a step; nothing but SIGKILL ends such a process. */
setInterval(() => {
  const at = Atomics.load(deadline, 0);
  const late = at > 0n && process.hrtime.bigint() > at;
  if (late || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, 250);
