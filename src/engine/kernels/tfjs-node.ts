import { createRequire } from 'node:module';
import {
  add,
  backend,
  concat1d,
  conv2d,
  div,
  engine,
  getBackend,
  greater,
  mean,
  mul,
  ready,
  reshape,
  rsqrt,
  setBackend,
  slice1d,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor,
  tile,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { messageOf } from '../../errors.js';
import type { Engine } from '../engine.js';
import { softmaxCrossEntropy } from './elementwise.js';
import { type Compute, computeCommon } from './operations.js';
import { KernelSession } from './session.js';
import { nth, shape4 } from './shapes.js';

export type TfjsNodePackage = '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';

/** What tfjs-node's backend says about itself beyond tfjs's types. */
interface NodeBackend {
  readonly isUsingGpuDevice?: boolean;
}

const imageAxes = [0, 1, 2];

function kernel(name: string, inputs: Record<string, Tensor>, attributes: Record<string, unknown>): Tensor {
  return engine().runKernel(
    name,
    inputs,
    attributes as Parameters<ReturnType<typeof engine>['runKernel']>[2],
  ) as Tensor;
}

function batchNormTrain(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number): Tensor[] {
  const pixels = x.size / scale.size;
  const average = mean(x, imageAxes);
  const centred = sub(x, average);
  const biased = mean(square(centred), imageAxes);
  const reciprocal = rsqrt(add(biased, epsilon));
  const y = add(mul(centred, mul(reciprocal, scale)), offset);
  return [y, average, mul(biased, pixels / Math.max(1, pixels - 1)), reciprocal];
}

function batchNormGradient(dy: Tensor, x: Tensor, scale: Tensor, average: Tensor, reciprocal: Tensor): Tensor[] {
  const pixels = x.size / scale.size;
  const normal = mul(sub(x, average), reciprocal);
  const doffset = sum(dy, imageAxes);
  const dscale = sum(mul(dy, normal), imageAxes);
  const rest = sub(sub(dy, div(doffset, pixels)), mul(normal, div(dscale, pixels)));
  return [mul(rest, mul(scale, reciprocal)), dscale, doffset];
}

/** Computes operations by TensorFlow's own kernels, which are right and fast, gradients included. */
export const computeOnTensorFlow: Compute = (operation, inputs) => {
  const input = (index: number): Tensor => nth(inputs, index);
  switch (operation.kind) {
    case 'conv2d':
      return [conv2d(input(0) as Tensor4D, input(1) as Tensor4D, operation.stride, operation.padding)];
    case 'conv2dInputGradient':
    case 'conv2dFilterGradient': {
      const { stride, padding } = operation;
      const common = { strides: [stride, stride], pad: padding, dataFormat: 'NHWC', dimRoundingMode: undefined };
      return operation.kind === 'conv2dInputGradient'
        ? [kernel('Conv2DBackpropInput', { dy: input(0), filter: input(1) }, { ...common, inputShape: input(2).shape })]
        : [
            kernel(
              'Conv2DBackpropFilter',
              { dy: input(0), x: input(1) },
              { ...common, filterShape: operation.filterShape },
            ),
          ];
    }
    case 'batchNormTrain':
      return batchNormTrain(input(0), input(1), input(2), operation.epsilon);
    case 'batchNormGradient':
      return batchNormGradient(input(0), input(1), input(2), input(3), input(4));
    case 'batchNormInfer': {
      const factor = mul(input(1), rsqrt(add(input(4), operation.epsilon)));
      return [add(mul(sub(input(0), input(3)), factor), input(2))];
    }
    case 'reluGradient':
      return [where(greater(input(1), 0), input(0), zerosLike(input(0)))];
    case 'maxPoolGradient':
    case 'averagePoolGradient': {
      const { size, stride, padding } = operation;
      const attributes = { filterSize: [size, size], strides: [stride, stride], pad: padding };
      const [dy, x] = [input(0), input(1)];
      return operation.kind === 'maxPoolGradient'
        ? [kernel('MaxPoolGrad', { dy, input: x, output: input(2) }, attributes)]
        : [kernel('AvgPoolGrad', { dy, input: x }, attributes)];
    }
    case 'globalAveragePool':
      return [mean(input(0), [1, 2])];
    case 'globalAveragePoolGradient': {
      const [batch, height, width, channels] = shape4(input(1));
      const part = reshape(div(input(0), height * width), [batch, 1, 1, channels]);
      return [tile(part, [1, height, width, 1])];
    }
    case 'slice':
      return [slice1d(input(0) as Tensor1D, operation.begin, operation.length)];
    case 'concat':
      return [concat1d([...inputs] as Tensor1D[])];
    case 'softmaxCrossEntropy': {
      const read = (x: Tensor) => x.dataSync<'float32'>();
      const { loss, gradient } = softmaxCrossEntropy(input(0), input(1), read);
      return [tensor(loss), tensor(gradient, input(0).shape)];
    }
    default:
      return [computeCommon(operation, inputs)];
  }
};

/** Node 23 removed two functions of `node:util` that tfjs-node 4.22 calls. */
function restoreRemovedFunctions(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}

/**
 * TensorFlow's kernels as npm installed them.
 * @throws Error that says in words why they do not run here.
 */
export async function createTfjsNodeEngine(packageName: TfjsNodePackage): Promise<Engine> {
  restoreRemovedFunctions();
  try {
    await import(packageName);
  } catch (error) {
    if (isMissing(error)) throw new Error('not installed', { cause: error });
    throw new Error(`installed without its native part, which npm could not get (${firstLine(error)})`, {
      cause: error,
    });
  }
  const started = await setBackend('tensorflow');
  await ready();
  if (!started || getBackend() !== 'tensorflow') throw new Error('its backend does not start');
  const gpu = packageName === '@tensorflow/tfjs-node-gpu';
  if (gpu && (backend() as NodeBackend).isUsingGpuDevice !== true) {
    throw new Error('TensorFlow finds no GPU that it can use (driver, CUDA 11.2 or cuDNN 8.1 missing?)');
  }
  return {
    name: gpu ? 'tfjs-node-gpu' : 'tfjs-node',
    exclusive: gpu,
    load: async (programs) => new KernelSession(programs, computeOnTensorFlow),
  };
}

function firstLine(error: unknown): string {
  return nth(messageOf(error).split('\n'), 0);
}
