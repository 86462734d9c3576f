import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { messageOf } from '../../errors.js';
import type { Precision } from '../../program/precision.js';
import type { Engine } from '../engine.js';
import { loadBinding, type NativeBinding } from './binding.js';
import type { DataTypeName } from './graph.js';
import { findLibraries, type NativeDevice, type NativeLibrary } from './library.js';
import { NativeSession } from './session.js';

/** A library in this process: two builds of TensorFlow in one process are not safe. */
interface Loaded {
  readonly library: NativeLibrary;
  readonly binding: NativeBinding;
}

/** Makes the engines of one process. */
export interface NativeEngines {
  /** @throws Error that says in words why there is none. */
  create(device: NativeDevice, precision: Precision): Engine;
  /** Precisions worth a trial on the device, f32 first. */
  precisions(device: NativeDevice): readonly Precision[];
}

const imageTypes: Readonly<Record<Precision, DataTypeName>> = { f32: 'float32', bf16: 'bfloat16', f16: 'float16' };

/** What the processor can do, as Linux tells it; empty elsewhere. */
function processorFlags(): ReadonlySet<string> {
  if (!existsSync('/proc/cpuinfo')) return new Set();
  const line = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
  return new Set((line?.[1] ?? '').trim().split(/\s+/));
}

function hasNvidiaDevice(): boolean {
  // WSL has no device files of NVIDIA's own.
  return existsSync('/dev/dxg') || (existsSync('/dev') && readdirSync('/dev').some((name) => /^nvidia\d+$/.test(name)));
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
  if (libraries.length === 0) throw new Error(`not installed; try hyperbudget engine install ${device}`);
  requireAvx();
  const reasons: string[] = [];
  for (const library of libraries) {
    try {
      return { library, binding: loadBinding(library.addon) };
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
  return {
    create: (device, precision) => {
      if (device === 'gpu' && !hasNvidiaDevice()) throw new Error('no NVIDIA GPU here');
      loaded ??= load(device, env);
      const { binding } = loaded;
      const onGpu = binding.isUsingGpuDevice();
      if (device === 'gpu' && !onGpu)
        throw new Error('TensorFlow finds no GPU that it can use: driver or CUDA missing');
      if (device === 'cpu' && onGpu) throw new Error('this process has loaded TensorFlow for the GPU');
      return {
        name: `native-${device}`,
        description: `TensorFlow ${binding.TF_Version} on the ${device.toUpperCase()}`,
        precision,
        exclusive: device === 'gpu',
        parallel: true,
        load: async (programs) => new NativeSession(binding, programs, imageTypes[precision]),
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
