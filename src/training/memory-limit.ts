import { availableParallelism, totalmem } from 'node:os';
import type { Engine } from '../engine/engine.js';

/** What a process finds to work in. */
export interface MemorySources {
  /** Of the machine, or of the container; bytes. */
  readonly machineBytes: number;
  /** The part of it that belongs to this process, in (0, 1]: its threads among the machine's cores. */
  readonly share: number;
  /** TensorFlow's pool on the GPU, bytes; null where nobody has set one. */
  readonly gpuPoolBytes: number | null;
}

/** Activations for WebAssembly, whose heap ends at 4 GiB and has the images in it, too, and where nothing is known. */
const leastBytes = 1.5 * 2 ** 30;
/** The rest is for the program, the images that the system keeps in memory, and other programs. */
const machineShare = 0.5;
/** The rest is for the workspaces of convolutions, and for gaps between tensors. */
const poolShare = 0.8;

/**
 * What TensorFlow takes for each byte of a plan. Bounds of eight networks in f32 and bf16: found as the smallest pool of TensorFlow 2.18 on a CPU
 * in which they train, of which this formula asks for 3 % to 19 % more.
 */
const tensorFlow = { activations: 1.3, variables: 1.7 } as const;
/** How much of a plan's activations a precision takes: plans count four bytes a number. */
const precisionShare = { f32: 1, bf16: 0.5, f16: 0.5 } as const;

/** How an engine's memory follows from the bytes of a plan. */
interface Appetite {
  readonly activations: number;
  readonly variables: number;
}

function appetiteOf({ name, precision }: Pick<Engine, 'name' | 'precision'>): Appetite {
  if (!name.startsWith('native-')) return { activations: 1, variables: 1 };
  return { ...tensorFlow, activations: tensorFlow.activations * precisionShare[precision] };
}

/** Memory that a training step may take on an engine, bytes; null where that is not known. */
function roomOf({ name }: Pick<Engine, 'name'>, { machineBytes, share, gpuPoolBytes }: MemorySources): number | null {
  switch (name) {
    case 'native-cpu':
      return machineShare * share * machineBytes;
    case 'native-gpu':
    case 'webgpu':
      return gpuPoolBytes && poolShare * gpuPoolBytes;
    default:
      return null;
  }
}

/**
 * What the activations of one run of a program may take by its plan.
 * @param variableBytes of all variables of the session.
 * @returns bytes, above 0: at least a quarter of the room, so that a network whose variables fill it is tried all the same.
 */
export function activationLimitBytes(
  engine: Pick<Engine, 'name' | 'precision'>,
  variableBytes: number,
  sources: MemorySources,
): number {
  const room = roomOf(engine, sources);
  if (room === null) return leastBytes;
  const { activations, variables } = appetiteOf(engine);
  return Math.max(room - variables * variableBytes, room / 4) / activations;
}

/** What a training step is expected to take of the engine's memory, bytes. */
export function stepBytes(
  engine: Pick<Engine, 'name' | 'precision'>,
  variableBytes: number,
  activationBytes: number,
): number {
  const { activations, variables } = appetiteOf(engine);
  return activations * activationBytes + variables * variableBytes;
}

/** The rest is for the study itself and other programs. */
const processShare = 0.85;
/** What an engine and a small network take: where a process's share is less, the kernel has the last word. */
const leastProcessBytes = 2 ** 30;

/**
 * What a process may hold before it has run out of memory.
 * @param share of the machine's cores that belong to the process, in (0, 1].
 */
export function processLimitBytes(machineBytes: number, share: number): number {
  return Math.max(leastProcessBytes, processShare * share * machineBytes);
}

/** Memory that the smallest machines can spare for an idle process. */
const spareBytes = 3 * 2 ** 30;

/** What a process may keep for its next assignment: its share of half the machine, but never so much that the assignment could not grow. */
export function recycleBytes(machineBytes: number, share: number): number {
  return Math.min(Math.max(spareBytes, 0.5 * share * machineBytes), 0.7 * processLimitBytes(machineBytes, share));
}

/** Memory of the machine, or of the container. */
export function machineBytes(): number {
  // 0 or a number beyond all memory: no container's limit.
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

/** What this process finds. @param threads that it may use. */
export function memorySources(threads: number, env: NodeJS.ProcessEnv): MemorySources {
  const pool = Number(env['HYPERBUDGET_GPU_POOL_BYTES']);
  // What the study may use is less than the machine has where a container or the user says so.
  const cores = Number(env['HYPERBUDGET_CORES']) || availableParallelism();
  return {
    machineBytes: machineBytes(),
    share: Math.min(1, threads / cores),
    gpuPoolBytes: pool > 0 ? pool : null,
  };
}
