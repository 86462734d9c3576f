import { execFile } from 'node:child_process';
import { messageOf } from '../../errors.js';

/** One GPU as nvidia-smi sees it. */
export interface GpuState {
  /** nvidia-smi's own number of it. */
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
}

/** What one process holds on one GPU. */
export interface GpuProcess {
  readonly uuid: string;
  /** As the driver counts processes; in a container that may not be the number that the container sees. */
  readonly pid: number;
  /** Null where the driver does not tell. */
  readonly usedBytes: number | null;
}

/** An NVIDIA card as its driver describes it. */
export interface GraphicsCard {
  readonly name: string;
  /** Version of the driver, for example `550.54.15`. */
  readonly driver: string;
}

export interface GpuSnapshot {
  readonly gpus: readonly GpuState[];
  readonly processes: readonly GpuProcess[];
}

/** nvidia-smi gave no answer. */
export class NvidiaSmiError extends Error {
  override readonly name = 'NvidiaSmiError';

  constructor(
    /** Whether there is no such program, or it is there and fails. */
    readonly kind: 'absent' | 'failed',
    message: string,
  ) {
    super(`nvidia-smi: ${message}`);
  }
}

/** Longer than it takes to wake a driver that has gone to sleep. */
const timeoutMilliseconds = 15_000;
const mebibyte = 2 ** 20;

function unreadable(line: string): NvidiaSmiError {
  return new NvidiaSmiError('failed', `its answer cannot be read: ${line}`);
}

function rows(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((field) => field.trim()));
}

/** A number of MiB as bytes; null for `[N/A]` and the like. */
function bytesOf(field: string): number | null {
  return /^\d+$/.test(field) ? Number(field) * mebibyte : null;
}

/** Reads `index, uuid, memory.total, memory.used, memory.free, name` rows, sizes in MiB. @throws NvidiaSmiError */
export function parseGpus(text: string): readonly GpuState[] {
  return rows(text).map((row) => {
    const [index = '', uuid = '', total = '', used = '', free = '', ...name] = row;
    const [totalBytes, usedBytes, freeBytes] = [bytesOf(total), bytesOf(used), bytesOf(free)];
    if (!/^\d+$/.test(index) || uuid === '' || totalBytes === null || usedBytes === null || freeBytes === null) {
      throw unreadable(row.join(', '));
    }
    return { index: Number(index), uuid, name: name.join(', '), totalBytes, usedBytes, freeBytes };
  });
}

/** Reads `gpu_uuid, pid, used_memory` rows, sizes in MiB. @throws NvidiaSmiError */
export function parseProcesses(text: string): readonly GpuProcess[] {
  return rows(text).flatMap((row) => {
    const [uuid = '', pid = '', used = ''] = row;
    // A driver that may not list processes says so in a row of its own.
    if (row.every((field) => field.startsWith('['))) return [];
    if (uuid === '' || !/^\d+$/.test(pid)) throw unreadable(row.join(', '));
    return [{ uuid, pid: Number(pid), usedBytes: bytesOf(used) }];
  });
}

/** Reads `name, driver_version` rows. @throws NvidiaSmiError */
export function parseCards(text: string): readonly GraphicsCard[] {
  return rows(text).map((row) => {
    const name = row.slice(0, -1).join(', ');
    const driver = row.at(-1) ?? '';
    if (name === '' || !/^\d+(\.\d+)+$/.test(driver)) throw unreadable(row.join(', '));
    return { name, driver };
  });
}

function ask(query: string, env: NodeJS.ProcessEnv): Promise<string> {
  const options = { env, timeout: timeoutMilliseconds };
  return new Promise((resolve, reject) => {
    execFile('nvidia-smi', [query, '--format=csv,noheader,nounits'], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code === 'ENOENT') reject(new NvidiaSmiError('absent', 'there is no such program'));
      else if (error.killed === true) reject(new NvidiaSmiError('failed', 'it did not answer'));
      // Why it failed stands on standard output, more often than not.
      else reject(new NvidiaSmiError('failed', firstLine(stdout) || firstLine(stderr) || messageOf(error)));
    });
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim() ?? '';
}

/**
 * Asks the `nvidia-smi` on the PATH of `env` for all GPUs and the compute processes on them.
 * @throws NvidiaSmiError when there is none, or it fails, or its answer cannot be read.
 */
export async function readGpus(env: NodeJS.ProcessEnv): Promise<GpuSnapshot> {
  const [gpus, processes] = await Promise.all([
    ask('--query-gpu=index,uuid,memory.total,memory.used,memory.free,name', env),
    ask('--query-compute-apps=gpu_uuid,pid,used_memory', env),
  ]);
  return { gpus: parseGpus(gpus), processes: parseProcesses(processes) };
}

/** Asks for the cards and their driver. @throws NvidiaSmiError as `readGpus`. */
export async function readCards(env: NodeJS.ProcessEnv): Promise<readonly GraphicsCard[]> {
  return parseCards(await ask('--query-gpu=name,driver_version', env));
}
