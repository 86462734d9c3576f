import { setFlagsFromString } from 'node:v8';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { assemble } from './assembler.js';
import { depthwise, depthwiseCorrelate } from './depthwise-kernels.js';
import { convolve, correlate } from './matrix-kernels.js';
import { affine, firstMaximum, reluGradient, sums } from './vector-kernels.js';
import { type EmscriptenModule, type WasmMemory, webAssembly } from './webassembly.js';

type Kernel = (...words: readonly number[]) => void;
type KernelName =
  | 'convolve'
  | 'correlate'
  | 'depthwise'
  | 'depthwiseCorrelate'
  | 'sums'
  | 'affine'
  | 'reluGradient'
  | 'firstMaximum';

function memoryOf(backend: BackendWasm): WasmMemory {
  const { memory } = (backend.wasm as unknown as EmscriptenModule).asm;
  if (!(memory instanceof webAssembly.Memory)) throw new Error('wasm: the backend does not export its memory');
  return memory;
}

/**
 * Compiles the kernels, with fused multiply-add where the processor's relaxed SIMD is to be had: it saves a quarter of the time of a
 * convolution. Node 20 has it behind a flag that may be set at any time; later ones have it always.
 */
function compile(): { readonly module: object; readonly fused: boolean } {
  const bytes = (fused: boolean) =>
    assemble([
      ...[convolve, correlate, depthwise, depthwiseCorrelate, sums, affine].map((kernel) => kernel(fused)),
      reluGradient(),
      firstMaximum(),
    ]);
  if (!webAssembly.validate(bytes(true)) && process.versions.node.startsWith('20.')) {
    setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
  const fused = webAssembly.validate(bytes(true));
  // The optimising compiler at once, instead of after many slow calls.
  setFlagsFromString('--no-liftoff');
  try {
    return { module: new webAssembly.Module(bytes(fused)), fused };
  } finally {
    setFlagsFromString('--liftoff');
  }
}

/**
 * The memory of tfjs's wasm backend, and kernels that work on it beside the backend's own. Addresses are bytes from its start; they stay, but
 * views are void as soon as something is allocated, so take them late.
 */
export class WasmHeap {
  private readonly memory: WasmMemory;
  private readonly kernels: Readonly<Record<string, unknown>>;
  private view: Float32Array;
  /** Whether products are added in one rounding. */
  readonly fused: boolean;

  constructor(private readonly backend: BackendWasm) {
    this.memory = memoryOf(backend);
    const { module, fused } = compile();
    this.fused = fused;
    this.kernels = new webAssembly.Instance(module, { env: { memory: this.memory } }).exports;
    this.view = new Float32Array(this.memory.buffer);
  }

  kernel(name: KernelName): Kernel {
    return this.kernels[name] as Kernel;
  }

  /** A float32 tensor with arbitrary values; the caller or the enclosing tidy owns it. */
  allocate(shape: readonly number[]): Tensor {
    return engine().makeTensorFromTensorInfo(this.backend.makeOutput([...shape], 'float32'));
  }

  address(tensor: Tensor): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset >>> 0;
  }

  /** The whole memory; index = address / 4. */
  floats(): Float32Array {
    if (this.view.buffer !== this.memory.buffer) this.view = new Float32Array(this.memory.buffer);
    return this.view;
  }

  /** The values of a tensor, in place. */
  values(tensor: Tensor): Float32Array {
    return new Float32Array(this.memory.buffer, this.address(tensor), tensor.size);
  }
}
