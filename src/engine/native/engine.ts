import { messageOf } from '../../errors.js';
import type { Precision } from '../../program/precision.js';
import { partsFor } from '../../program/side-by-side.js';
import type { Engine } from '../engine.js';
import { hasNvidiaDevice } from '../gpu/device.js';
import { processorFlags } from '../processor.js';
import { loadBinding, type NativeBinding } from './binding.js';
import type { DataTypeName } from './graph.js';
import { findLibraries, type NativeDevice } from './library.js';
import { NativeSession } from './session.js';

/** A library in this process: two builds of TensorFlow in one process are not safe. */
interface Loaded {
  readonly binding: NativeBinding;
  /** What was preferred but does not load; empty where the first did. */
  readonly passedOver: readonly string[];
}

/** Makes the engines of one process. */
export interface NativeEngines {
  /** @throws Error that says in words why there is none. */
  create(device: NativeDevice, precision: Precision): Engine;
  /** Precisions worth a trial on the device, f32 first. */
  precisions(device: NativeDevice): readonly Precision[];
}

const imageTypes: Readonly<Record<Precision, DataTypeName>> = { f32: 'float32', bf16: 'bfloat16', f16: 'float16' };

function isHidden(env: NodeJS.ProcessEnv): boolean {
  const visible = env['CUDA_VISIBLE_DEVICES'];
  return visible !== undefined && (visible.trim() === '' || visible.trim().startsWith('-'));
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

/** TensorFlow's own builds for x86-64 use AVX without asking. */
function requireAvx(): void {
  if (process.arch !== 'x64' || process.platform !== 'linux') return;
  if (!processorFlags().has('avx')) throw new Error('TensorFlow needs a processor with AVX');
}

function load(device: NativeDevice, env: NodeJS.ProcessEnv): Loaded {
  const libraries = findLibraries(device, env);
  if (libraries.length === 0) throw new Error(`not installed; try npx hyperbudget engine install ${device}`);
  requireAvx();
  const reasons: string[] = [];
  for (const library of libraries) {
    try {
      return { binding: loadBinding(library.addon), passedOver: reasons };
    } catch (error) {
      reasons.push(`${library.addon} does not load: ${firstLine(messageOf(error))}`);
    }
  }
  throw new Error(reasons.join('; '));
}

/**
 * TensorFlow through tfjs-node's addon, a training step as one graph: on an NVIDIA GPU or on the CPU. A build for GPUs that finds none serves as
 * the one for the CPU.
 */
export function nativeEngines(env: NodeJS.ProcessEnv): NativeEngines {
  let loaded: Loaded | null = null;
  const threads = Number(env['HYPERBUDGET_THREADS']) || 1;
  return {
    create: (device, precision) => {
      if (device === 'gpu' && !hasNvidiaDevice()) throw new Error('no NVIDIA GPU here');
      // Asked before the library is loaded: a build for GPUs would stay in this process and serve as the one for the CPU.
      if (device === 'gpu' && isHidden(env))
        throw new Error('the GPU is hidden from this process (CUDA_VISIBLE_DEVICES)');
      loaded ??= load(device, env);
      const { binding, passedOver } = loaded;
      const onGpu = binding.isUsingGpuDevice();
      if (device === 'gpu' && !onGpu)
        throw new Error('TensorFlow finds no GPU that it can use: driver or CUDA missing');
      if (device === 'cpu' && onGpu) throw new Error('this process has loaded TensorFlow for the GPU');
      return {
        name: `native-${device}`,
        description: [`TensorFlow ${binding.TF_Version} on the ${device.toUpperCase()}`, ...passedOver].join('; '),
        precision,
        exclusive: device === 'gpu',
        parallel: true,
        load: async (programs, batchSize = 1) => {
          const parts = device === 'cpu' ? partsFor(threads, batchSize) : 1;
          return new NativeSession(binding, programs, imageTypes[precision], parts);
        },
      };
    },
    precisions: (device) => {
      if (device === 'gpu') return ['f32', 'f16'];
      // float16 has no fast kernels on CPUs: one gradient of a convolution takes seconds.
      const flags = processorFlags();
      return flags.has('avx512_bf16') || flags.has('amx_bf16') ? ['f32', 'bf16'] : ['f32'];
    },
  };
}
