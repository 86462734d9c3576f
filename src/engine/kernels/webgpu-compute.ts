import {
  add,
  concat1d,
  conv2d,
  div,
  engine,
  exp,
  greater,
  logSumExp,
  matMul,
  mean,
  mul,
  reshape,
  rsqrt,
  slice1d,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tile,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { unreachable } from '../../errors.js';
import { depthwiseSide } from '../../program/geometry.js';
import { type Compute, computeCommon, type DepthwiseOperation } from './operations.js';
import { nth, shape4 } from './shapes.js';
import { averagePoolGradient, maxPoolGradient } from './webgpu-pooling.js';

const imageAxes = [0, 1, 2];

/** A kernel that tfjs offers to no one but its own automatic gradients. */
function kernel(name: string, inputs: Record<string, Tensor>, attributes: Record<string, unknown>): Tensor {
  type Attributes = Parameters<ReturnType<typeof engine>['runKernel']>[2];
  return engine().runKernel(name, inputs, attributes as Attributes) as Tensor;
}

/** tfjs gives each channel's filter a dimension for its results, of which there is one here. */
function depthwise({ kind, stride }: DepthwiseOperation, inputs: readonly Tensor[]): Tensor {
  const [first, second] = [nth(inputs, 0), nth(inputs, 1)];
  const common = {
    strides: [stride, stride],
    pad: 'same',
    dataFormat: 'NHWC',
    dilations: [1, 1],
    dimRoundingMode: undefined,
  };
  const withResults = (filter: Tensor) => reshape(filter, [...filter.shape, 1]);
  switch (kind) {
    case 'depthwiseConv2d':
      return kernel('DepthwiseConv2dNative', { x: first, filter: withResults(second) }, common);
    case 'depthwiseConv2dInputGradient': {
      const attributes = { ...common, inputShape: nth(inputs, 2).shape };
      return kernel('DepthwiseConv2dNativeBackpropInput', { dy: first, filter: withResults(second) }, attributes);
    }
    case 'depthwiseConv2dFilterGradient': {
      const [channels] = shape4(second).slice(3);
      const filterShape = [depthwiseSide, depthwiseSide, channels, 1];
      const gradient = kernel(
        'DepthwiseConv2dNativeBackpropFilter',
        { dy: first, x: second },
        { ...common, filterShape },
      );
      return reshape(gradient, filterShape.slice(0, 3) as number[]);
    }
    default:
      return unreachable(kind);
  }
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

function softmaxCrossEntropy(logits: Tensor, targets: Tensor): Tensor[] {
  const [batch = 0] = logits.shape;
  const logProbability = sub(logits, reshape(logSumExp(logits, 1), [batch, 1]));
  return [sum(mul(targets, sub(0, logProbability)), 1), sub(exp(logProbability), targets)];
}

/** Computes operations by tfjs's kernels for WebGPU; nothing is read back on the way. */
export const computeOnWebgpu: Compute = (operation, inputs) => {
  const input = (index: number): Tensor => nth(inputs, index);
  switch (operation.kind) {
    case 'conv2d':
      return [conv2d(input(0) as Tensor4D, input(1) as Tensor4D, operation.stride, operation.padding)];
    case 'conv2dInputGradient':
    case 'conv2dFilterGradient': {
      const { stride, padding } = operation;
      const common = { strides: [stride, stride], pad: padding, dataFormat: 'NHWC', dimRoundingMode: undefined };
      if (operation.kind === 'conv2dInputGradient') {
        const attributes = { ...common, inputShape: input(2).shape };
        return [kernel('Conv2DBackpropInput', { dy: input(0), filter: input(1) }, attributes)];
      }
      const attributes = { ...common, filterShape: [...operation.filterShape] };
      return [kernel('Conv2DBackpropFilter', { dy: input(0), x: input(1) }, attributes)];
    }
    case 'depthwiseConv2d':
    case 'depthwiseConv2dInputGradient':
    case 'depthwiseConv2dFilterGradient':
      return [depthwise(operation, inputs)];
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
      return [maxPoolGradient(input(0), input(1), input(2), operation)];
    case 'averagePoolGradient':
      return [averagePoolGradient(input(0), shape4(input(1)), operation)];
    case 'globalAveragePool':
      return [mean(input(0), [1, 2])];
    case 'globalAveragePoolGradient': {
      const [batch, height, width, channels] = shape4(input(1));
      const part = reshape(div(input(0), height * width), [batch, 1, 1, channels]);
      return [tile(part, [1, height, width, 1])];
    }
    case 'matMul': {
      const { transposeA, transposeB } = operation;
      return [matMul(input(0) as Tensor2D, input(1) as Tensor2D, transposeA, transposeB)];
    }
    case 'slice':
      return [slice1d(input(0) as Tensor1D, operation.begin, operation.length)];
    case 'concat':
      return [concat1d([...inputs] as Tensor1D[])];
    case 'softmaxCrossEntropy':
      return softmaxCrossEntropy(input(0), input(1));
    default:
      return [computeCommon(operation, inputs)];
  }
};
