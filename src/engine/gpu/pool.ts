import { InputError } from '../../errors.js';
import type { GpuState } from './nvidia-smi.js';
import { formatMebibytes } from './size.js';

const mebibyte = 2 ** 20;

/** GPU memory that a study may hold unless its user says otherwise: 6 GB. */
export const defaultGpuMemoryBytes = 6e9;

/**
 * What a process is taken to hold beside TensorFlow's pool before that has been measured: the CUDA context and the code of cuDNN and cuBLAS. More
 * than any that we know of takes.
 */
export const guessedOverheadBytes = 1536 * mebibyte;

/** Kept free beside pool and overhead: code that is loaded later, and memory that is counted in larger pieces. */
export const marginBytes = 128 * mebibyte;

/**
 * So much of what an earlier process held may still come free once a pool has been sized, and make it larger: less than the margin, so that the
 * limit holds all the same.
 */
export const releaseToleranceBytes = 32 * mebibyte;

/** With less than this nothing can be trained. */
const smallestPoolBytes = 256 * mebibyte;

/** Most that one convolution may take of the pool as its workspace, and which part of the pool at most. */
const largestWorkspaceBytes = 1024 * mebibyte;
const workspaceShare = 1 / 8;

export interface PoolInput {
  /** What all processes of the study may hold together. */
  readonly limitBytes: number;
  /** What a process holds beside TensorFlow's pool. */
  readonly overheadBytes: number;
  /** Free on the GPU. */
  readonly freeBytes: number;
  /** What earlier processes of the study have not given back. */
  readonly stillHeldBytes: number;
}

/**
 * Bytes of TensorFlow's pool, whole MiB.
 * @throws InputError when too little is left to train anything.
 */
export function poolBytes({ limitBytes, overheadBytes, freeBytes, stillHeldBytes }: PoolInput): number {
  const beside = overheadBytes + marginBytes;
  const pool = Math.floor((Math.min(limitBytes - stillHeldBytes, freeBytes) - beside) / mebibyte) * mebibyte;
  if (pool >= smallestPoolBytes) return pool;
  const needed = formatMebibytes(smallestPoolBytes + beside);
  if (freeBytes < limitBytes - stillHeldBytes) {
    throw new InputError(
      'GPU',
      `at least ${needed} of free memory`,
      formatMebibytes(freeBytes),
      'ending what else uses it',
    );
  }
  const held = stillHeldBytes > 0 ? `, ${formatMebibytes(stillHeldBytes)} of it still held` : '';
  throw new InputError('--gpu-memory', `at least ${needed}`, `${formatMebibytes(limitBytes)}${held}`, '6GB');
}

/** The pool of a process on a GPU that nvidia-smi knows nothing of: what the limit alone allows, at least 1 byte. */
export function unmeasuredPoolBytes(limitBytes: number): number {
  return Math.max(1, limitBytes - guessedOverheadBytes - marginBytes);
}

/**
 * The one GPU that a study uses: its user's choice, else the one with the most free memory.
 * @param setting the user's CUDA_VISIBLE_DEVICES, numbers as nvidia-smi counts; of several the first is used.
 * @returns null where there is none, or the user has hidden them all.
 * @throws InputError when the setting names none that is there.
 */
export function chooseGpu(gpus: readonly GpuState[], setting: string | undefined): GpuState | null {
  if (setting === undefined) return gpus.toSorted((a, b) => b.freeBytes - a.freeBytes || a.index - b.index)[0] ?? null;
  const [first = ''] = setting.split(',').map((part) => part.trim());
  if (first === '' || first.startsWith('-') || first === 'NoDevFiles') return null;
  // The CUDA library takes the beginning of a UUID for the whole.
  const chosen = /^\d+$/.test(first)
    ? gpus.find(({ index }) => index === Number(first))
    : gpus.find(({ uuid }) => uuid.startsWith(first));
  if (chosen) return chosen;
  const known = gpus.map(({ index, uuid }) => `${index} (${uuid})`).join(', ') || 'none';
  throw new InputError('CUDA_VISIBLE_DEVICES', `a GPU that nvidia-smi shows: ${known}`, first, 'leaving it unset');
}

export interface GpuShare {
  readonly uuid: string;
  /** Free on the GPU before the process starts. */
  readonly freeBytes: number;
  readonly poolBytes: number;
  /** What the process has taken of that when TensorFlow asks how much is free: its CUDA context. 0 while unknown makes the pool smaller. */
  readonly contextBytes: number;
}

/** What TensorFlow must keep free of what it finds free, so that its pool gets no larger than asked for; whole MiB. */
export function reservedBytes({ freeBytes, contextBytes, poolBytes }: Omit<GpuShare, 'uuid'>): number {
  return Math.max(0, Math.ceil((freeBytes - contextBytes - poolBytes) / mebibyte) * mebibyte);
}

/** The environment that gives a process its share of one GPU. It works only where the process has it from its start. */
export function gpuEnvironment(share: GpuShare): Readonly<Record<string, string>> {
  const workspace = Math.min(largestWorkspaceBytes, share.poolBytes * workspaceShare);
  return {
    CUDA_VISIBLE_DEVICES: share.uuid,
    HYPERBUDGET_GPU_POOL_BYTES: String(share.poolBytes),
    TF_DEVICE_MIN_SYS_MEMORY_IN_MB: String(reservedBytes(share) / mebibyte),
    // The pool grows as it is needed instead of taking everything at once.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    TF_CUDNN_WORKSPACE_LIMIT_IN_MB: String(Math.floor(workspace / mebibyte)),
    // The other allocator heeds no limit.
    TF_GPU_ALLOCATOR: '',
    // What the limit has become, and how far the pool has grown, stands in the log and nowhere else.
    TF_CPP_MIN_LOG_LEVEL: '0',
    TF_CPP_VMODULE: 'bfc_allocator=1',
  };
}

/** The environment of a process that must not touch an NVIDIA GPU: without nvidia-smi nobody would hold it to the limit. */
export function hiddenGpuEnvironment(limitBytes: number): Readonly<Record<string, string>> {
  return { CUDA_VISIBLE_DEVICES: '-1', HYPERBUDGET_GPU_POOL_BYTES: String(unmeasuredPoolBytes(limitBytes)) };
}
