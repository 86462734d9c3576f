import { workerData } from 'node:worker_threads';
import { isAlive, startOfProcess } from './process-identity.js';
import type { WatchdogData } from './watchdog.js';

/** Between two looks: as long as a process may outlive another. */
const lookMilliseconds = 100;

const { companion, deadline } = workerData as WatchdogData;
// A parent that ends hands its children on to another: that shows at once, and a reused number deceives nobody.
const isParent = process.ppid === companion;
const start = companion === null ? null : startOfProcess(companion);

function isAlone(): boolean {
  if (companion === null) return false;
  if (isParent) return process.ppid !== companion;
  return !isAlive(companion) || startOfProcess(companion) !== start;
}

/** Looks while the main thread is blocked; nothing but SIGKILL ends such a process. */
setInterval(() => {
  const at = Atomics.load(deadline, 0);
  const late = at > 0n && process.hrtime.bigint() > at;
  if (late || isAlone()) process.kill(process.pid, 'SIGKILL');
}, lookMilliseconds);
