import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { type BackendWasm, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { backend, getBackend, ready, setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type Engine, OutOfMemoryError } from '../engine.js';
import { isByImage, isOverPixels, pixelSums, scaleImages } from './by-image.js';
import { conv2d, conv2dFilterGradient, conv2dInputGradient } from './convolution.js';
import { depthwiseConv2d, depthwiseConv2dFilterGradient, depthwiseConv2dInputGradient } from './depthwise.js';
import { concat, reluGradient, select, slice, softmaxCrossEntropy } from './elementwise.js';
import { WasmHeap } from './heap.js';
import {
  batchNormGradient,
  batchNormInfer,
  batchNormTrain,
  globalAveragePool,
  globalAveragePoolGradient,
} from './normalisation.js';
import { type Compute, computeCommon } from './operations.js';
import { averagePoolGradient, maxPoolGradient } from './pooling.js';
import { KernelSession } from './session.js';
import { nth, shape4 } from './shapes.js';
import type { EmscriptenModule } from './webassembly.js';

/** Makes an allocation that fails throw; the backend would go on at address 0. */
function guardAllocation(backend: BackendWasm): void {
  const wasm = backend.wasm as unknown as EmscriptenModule;
  // Emscripten puts the real function in place at the first call.
  wasm._free(wasm._malloc(16));
  const allocate = wasm._malloc.bind(wasm);
  wasm._malloc = (bytes: number): number => {
    const address = bytes < 2 ** 32 ? allocate(bytes) : 0;
    if (address === 0) throw new OutOfMemoryError(`wasm: no memory for ${bytes} more bytes`);
    return address;
  };
}

/** Computes operations in the heap. */
function computeOn(heap: WasmHeap): Compute {
  return (operation, inputs) => {
    const input = (index: number): Tensor => nth(inputs, index);
    switch (operation.kind) {
      case 'conv2d':
        return [conv2d(heap, input(0), input(1), operation.stride, operation.padding)];
      case 'conv2dInputGradient':
        return [conv2dInputGradient(heap, input(0), input(1), shape4(input(2)), operation.stride, operation.padding)];
      case 'conv2dFilterGradient': {
        const { filterShape, stride, padding } = operation;
        return [conv2dFilterGradient(heap, input(0), input(1), filterShape, stride, padding)];
      }
      case 'depthwiseConv2d':
        return [depthwiseConv2d(heap, input(0), input(1), operation.stride)];
      case 'depthwiseConv2dInputGradient':
        return [depthwiseConv2dInputGradient(heap, input(0), input(1), shape4(input(2)), operation.stride)];
      case 'depthwiseConv2dFilterGradient':
        return [depthwiseConv2dFilterGradient(heap, input(0), input(1), operation.stride)];
      case 'batchNormTrain':
        return batchNormTrain(heap, input(0), input(1), input(2), operation.epsilon);
      case 'batchNormGradient':
        return batchNormGradient(heap, input(0), input(1), input(2), input(3), input(4));
      case 'batchNormInfer':
        return [batchNormInfer(heap, input(0), input(1), input(2), input(3), input(4), operation.epsilon)];
      case 'reluGradient':
        return [reluGradient(heap, input(0), input(1))];
      case 'maxPoolGradient':
        return [maxPoolGradient(heap, input(0), input(1), input(2), operation)];
      case 'averagePoolGradient':
        return [averagePoolGradient(heap, input(0), shape4(input(1)), operation)];
      case 'globalAveragePool':
        return [globalAveragePool(heap, input(0))];
      case 'globalAveragePoolGradient':
        return [globalAveragePoolGradient(heap, input(0), input(1).shape)];
      case 'slice':
        return [slice(heap, input(0), operation.begin, operation.length)];
      case 'concat':
        return [concat(heap, inputs)];
      case 'select':
        return [select(heap, input(0), input(1), input(2))];
      case 'multiply':
        return [
          isByImage(input(0), input(1)) ? scaleImages(heap, input(0), input(1)) : computeCommon(operation, inputs),
        ];
      case 'reduceSum':
        return [isOverPixels(operation.axes, input(0)) ? pixelSums(heap, input(0)) : computeCommon(operation, inputs)];
      case 'softmaxCrossEntropy': {
        const { loss, gradient } = softmaxCrossEntropy(input(0), input(1), (x) => heap.values(x));
        return [tensor(loss), tensor(gradient, input(0).shape)];
      }
      default:
        return [computeCommon(operation, inputs)];
    }
  };
}

async function startBackend(): Promise<BackendWasm> {
  if (getBackend() !== 'wasm') {
    const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
    setWasmPaths(`${folder}/`);
    setThreadsCount(1);
    const started = await setBackend('wasm');
    await ready();
    if (!started || getBackend() !== 'wasm') throw new Error('wasm: tfjs could not start its backend');
    guardAllocation(backend() as BackendWasm);
  }
  return backend() as BackendWasm;
}

/** Makes tfjs's wasm backend the current one. */
export async function startWasm(): Promise<{ readonly heap: WasmHeap; readonly compute: Compute }> {
  const heap = new WasmHeap(await startBackend());
  return { heap, compute: computeOn(heap) };
}

/** The engine that is always there: one thread of WebAssembly with SIMD in this process (or worker thread). */
export async function createWasmEngine(): Promise<Engine> {
  const { compute } = await startWasm();
  return {
    name: 'wasm',
    description: 'WebAssembly with SIMD on one thread',
    precision: 'f32',
    exclusive: false,
    parallel: false,
    load: async (programs) => new KernelSession(programs, { backend: 'wasm', compute }),
  };
}
