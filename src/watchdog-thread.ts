import { workerData } from 'node:worker_threads';
import type { WatchdogData } from './watchdog.js';

/** Between two looks: as long as a process may outlive its parent. */
const lookMilliseconds = 100;

const { parent, deadline } = workerData as WatchdogData;

/** Looks while the main thread is blocked; nothing but SIGKILL ends such a process. */
setInterval(() => {
  const at = Atomics.load(deadline, 0);
  const late = at > 0n && process.hrtime.bigint() > at;
  if (late || (parent !== null && process.ppid !== parent)) process.kill(process.pid, 'SIGKILL');
}, lookMilliseconds);
