// The machine under the bench: which cores may be used, and how busy they are with other things.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

function readOr(path, otherwise) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

/** Numbers of the cores that this process may use; null where the system does not say. */
export function usableCores() {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readOr('/proc/self/status', ''))?.[1];
  if (list === undefined) return null;
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, place) => first + place);
  });
}

export const canPin = () => usableCores() !== null && spawnSync('taskset', ['-V']).status === 0;

export const describeMachine = () => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  system: `${process.platform} ${process.arch}`,
  node: process.version,
  load: loadavg()[0],
});

/** Seconds that the usable cores have been busy so far, time taken by other guests of the same host included. */
function busySeconds() {
  const lines = readOr('/proc/stat', '').matchAll(/^cpu(\d+) +(.*)$/gm);
  const usable = new Set(usableCores());
  let [ticks, seen] = [0, false];
  for (const [, core, counters] of lines) {
    if (!usable.has(Number(core))) continue;
    const [user, nice, system, , , interrupt, softInterrupt, stolen] = counters.split(' ').map(Number);
    ticks += user + nice + system + interrupt + softInterrupt + stolen;
    seen = true;
  }
  if (seen) return ticks / 100;
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + (user + nice + sys + irq) / 1000, 0);
}

const ownSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/**
 * Runs something and says how many cores were busy meanwhile with neither this process nor its workers.
 * @param cpuSecondsOf from what was run: the processor seconds that workers report of themselves.
 */
export async function watchingOthers(run, cpuSecondsOf) {
  const [begin, busy, own] = [performance.now(), busySeconds(), ownSeconds()];
  const result = await run();
  const elapsed = (performance.now() - begin) / 1000;
  const others = busySeconds() - busy - (ownSeconds() - own) - cpuSecondsOf(result);
  return { result, othersCores: Math.max(0, others / elapsed) };
}

/** Above so many busy cores the machine counts as not quiet: the counters themselves are 0.01 s coarse. */
export const quietCores = 0.1;

/** Largest resident memory of a process so far; null where the system does not say. */
export function peakBytes(pid) {
  const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(readOr(`/proc/${pid}/status`, ''))?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}
