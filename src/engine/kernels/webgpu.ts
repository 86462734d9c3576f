import { findBackend, getBackend, ready, registerBackend, setBackend } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.js';
import { KernelSession, type Kernels } from './session.js';
import { computeOnWebgpu } from './webgpu-compute.js';
import { type GpuAdapterInfo, type GpuDevice, nameOf, openDevice, requireHardware } from './webgpu-device.js';
import type { FaultLog } from './webgpu-faults.js';

/** The parts of tfjs's backend that are used here. */
interface WebgpuBackend {
  readonly device: GpuDevice;
  readonly bufferManager: {
    /** Buffers that wait for a tensor of just their size. */
    readonly freeBuffers: ReadonlyMap<string, { readonly size: number; destroy(): void }[]>;
    numFreeBuffers: number;
    numBytesAllocated: number;
  };
  /** Null where nothing waits to be sent to the device. */
  readonly commandEncoder: object | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** The backend of this process with what it runs on. */
interface StartedBackend extends WebgpuBackend {
  readonly info: GpuAdapterInfo;
  readonly faults: FaultLog;
}

interface BackendPackage {
  readonly WebGPUBackend: new (device: GpuDevice, info: GpuAdapterInfo) => WebgpuBackend;
}

/** tfjs keeps every buffer for later tensors of just its size; those of another network have other sizes. */
function emptyPool(backend: WebgpuBackend): void {
  // Buffers that a waiting command uses come back to the pool when it has been sent.
  if (backend.commandEncoder !== null) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
  const { bufferManager } = backend;
  for (const buffers of bufferManager.freeBuffers.values()) {
    for (const buffer of buffers.splice(0)) {
      bufferManager.numFreeBuffers -= 1;
      bufferManager.numBytesAllocated -= buffer.size;
      buffer.destroy();
    }
  }
}

/** Starts tfjs's backend once a process. It is made here and not by tfjs, which falls back to another one in silence. */
async function startBackend(software: boolean): Promise<StartedBackend> {
  const started = findBackend('webgpu') as unknown as StartedBackend | null;
  if (started !== null) {
    if (!software) requireHardware(started.info);
    return started;
  }
  const { device, info, faults, publish } = await openDevice(software);
  const { WebGPUBackend } = (await import('@tensorflow/tfjs-backend-webgpu')) as unknown as BackendPackage;
  publish();
  const backend = Object.assign(new WebGPUBackend(device, info), { info, faults });
  registerBackend('webgpu', () => backend as unknown as ReturnType<typeof findBackend>);
  const set = await setBackend('webgpu');
  await ready();
  if (!set || getBackend() !== 'webgpu') throw new Error('tfjs could not start its backend for WebGPU');
  return backend;
}

/** tfjs's kernels on WebGPU. @throws Error that says in words why they do not run here. */
export async function startWebgpu(software: boolean): Promise<Kernels & { readonly adapter: string }> {
  const backend = await startBackend(software);
  const { device, faults, info } = backend;
  return {
    adapter: nameOf(info),
    backend: 'webgpu',
    compute: computeOnWebgpu,
    settle: async (failed) => {
      if (faults.empty && !failed) return;
      // One failure brings others in its wake; they are no fault of the next session's.
      await Promise.allSettled([device.queue.onSubmittedWorkDone()]);
      faults.throwAny();
    },
    released: () => emptyPool(backend),
  };
}

export interface WebgpuOptions {
  /** Whether an adapter may be used that computes on the processor: slower than the other engines, good for tests. */
  readonly software: boolean;
}

/**
 * tfjs's kernels on WebGPU as Dawn implements it: on graphics cards of any make.
 * @throws Error that says in words why it does not run here.
 */
export async function createWebgpuEngine({ software }: WebgpuOptions): Promise<Engine> {
  const kernels = await startWebgpu(software);
  return {
    name: 'webgpu',
    description: `WebGPU (Dawn) on ${kernels.adapter}`,
    precision: 'f32',
    exclusive: true,
    parallel: true,
    load: async (programs) => new KernelSession(programs, kernels),
  };
}
