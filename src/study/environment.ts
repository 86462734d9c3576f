import type { Precision } from '../program/precision.js';
import { usualParts } from '../program/side-by-side.js';

/** What a study's later processes are held to: they need not look for it again. */
export interface EnginePins {
  /** As `HYPERBUDGET_ENGINE` names it. */
  readonly engine: string;
  readonly precision: Precision;
}

export interface ProcessNeeds {
  /** The environment of this process: what its user has set, a pinned engine or precision included, stands. */
  readonly base: NodeJS.ProcessEnv;
  /** Threads that the process may use, at least 1. */
  readonly threads: number;
  /** Cores that all processes of the study may use together: what a process's share of the memory goes by. */
  readonly cores: number;
  /** Null while the engine is still looked for. */
  readonly pins: EnginePins | null;
  /** Settings of the GPU, the last word on what they name. */
  readonly gpu: Readonly<Record<string, string>>;
}

/**
 * Batch normalisation of f16 images in one kernel instead of several: 1.37 times as many images a second with a ResNet-18 of 160 px on an H100. cuDNN
 * warns that values which f16 barely holds may overflow there earlier; so does the loss then, and training goes back to a smaller loss scale.
 */
const fastBatchNorm = { TF_USE_CUDNN_BATCHNORM_SPATIAL_PERSISTENT: '1' } as const;

/**
 * The environment of a trial process. TensorFlow reads threads, GPU memory and log level from it when it is loaded, never again: what is set later
 * has no effect.
 */
export function processEnvironment({ base, threads, cores, pins, gpu }: ProcessNeeds): NodeJS.ProcessEnv {
  const count = String(threads);
  return {
    // Warnings and errors; what TensorFlow says of itself at every start would hide a trial's own lines.
    TF_CPP_MIN_LOG_LEVEL: '1',
    ...(pins === null || pins.precision === 'f16' ? fastBatchNorm : {}),
    ...base,
    HYPERBUDGET_THREADS: count,
    HYPERBUDGET_CORES: String(cores),
    // The native engine computes the parts of a batch side by side: where these are enough for all threads, some that divide single operations,
    // too, would only be in the way.
    TF_NUM_INTRAOP_THREADS: String(Math.max(1, Math.floor(threads / usualParts))),
    TF_NUM_INTEROP_THREADS: count,
    OMP_NUM_THREADS: count,
    ...(pins ? { HYPERBUDGET_ENGINE: pins.engine, HYPERBUDGET_PRECISION: pins.precision } : {}),
    ...gpu,
  };
}
