import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { InputError } from '../errors.js';

/** Where Linux says how much processor time a container may use. */
const quotaFile = '/sys/fs/cgroup/cpu.max';

/**
 * Reads a cgroup's `cpu.max`, such as `200000 100000`: microseconds of processor time in each period.
 * @returns whole processors, at least 1; Infinity where there is no limit.
 */
export function parseCpuQuota(text: string): number {
  const [quota = '', period = ''] = text.trim().split(/\s+/);
  const processors = Math.floor(Number(quota) / Number(period));
  return Number.isFinite(processors) ? Math.max(1, processors) : Number.POSITIVE_INFINITY;
}

function cpuQuota(): number {
  try {
    return parseCpuQuota(readFileSync(quotaFile, 'utf8'));
  } catch {
    // No such cgroups here: no limit of theirs.
    return Number.POSITIVE_INFINITY;
  }
}

/**
 * Processor cores that this process may use: those that it may run on, no more than its container is given, and no more than its user says in
 * HYPERBUDGET_THREADS.
 * @throws InputError where that is not a whole number of at least 1.
 */
export function usableCores(env: NodeJS.ProcessEnv): number {
  const cores = Math.min(availableParallelism(), cpuQuota());
  const asked = env['HYPERBUDGET_THREADS'];
  if (asked === undefined || asked === '') return cores;
  const threads = Number(asked);
  if (Number.isInteger(threads) && threads >= 1) return Math.min(cores, threads);
  throw new InputError('HYPERBUDGET_THREADS', 'a whole number of at least 1', asked, 'leaving it unset');
}
