// Loaded into every process of a run (`--import`): a system clock that jumps, a disk that is slow.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { jumpAtEpochSeconds, jumpSeconds, slowMilliseconds } = JSON.parse(process.env.HYPERBUDGET_FAULTS ?? '{}');

if (jumpSeconds) {
  const trueNow = Date.now;
  const jump = () => (trueNow() >= jumpAtEpochSeconds * 1000 ? jumpSeconds * 1000 : 0);
  Date.now = () => trueNow() + jump();
  // A process that starts after the jump takes it for its own start.
  if (jump() !== 0) Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + jump() });
}

if (slowMilliseconds && isMainThread) {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (const name of ['fsyncSync', 'renameSync', 'openSync', 'writeSync']) {
    const real = fs[name];
    fs[name] = (...words) => {
      // Most calls are fast on a slow disk, too; those that are not hold up the thread.
      if (Math.random() < 0.05) Atomics.wait(cell, 0, 0, slowMilliseconds * Math.random());
      return real(...words);
    };
  }
  syncBuiltinESMExports();
}
