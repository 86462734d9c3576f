import {
  add,
  all,
  avgPool,
  cast,
  div,
  isFinite as finiteElements,
  matMul,
  maximum,
  maxPool,
  minimum,
  mul,
  notEqual,
  relu,
  reshape,
  sigmoid,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  transpose,
  where,
} from '@tensorflow/tfjs-core';
import type { Operation } from '../../program/operation.js';
import { nth } from './shapes.js';

/** Operations on values alone; a session itself does those that touch feeds or variables. */
export type Computation = Exclude<
  Operation,
  {
    kind:
      | 'input'
      | 'constant'
      | 'cast'
      | 'readVariable'
      | 'assignVariable'
      | 'assignAdd'
      | 'addScaled'
      | 'clearVariable'
      | 'applyNesterov';
  }
>;

/** Computes an operation's outputs; runs inside a tidy. */
export type Compute = (operation: Computation, inputs: readonly Tensor[]) => readonly Tensor[];

/** Convolutions by a filter of its own for each channel, and their gradients. */
export type DepthwiseOperation = Extract<
  Computation,
  { kind: 'depthwiseConv2d' | 'depthwiseConv2dInputGradient' | 'depthwiseConv2dFilterGradient' }
>;

/** Those that every backend of tfjs computes rightly and fast. */
export type CommonComputation = Extract<
  Computation,
  {
    kind:
      | 'relu'
      | 'maxPool'
      | 'averagePool'
      | 'matMul'
      | 'add'
      | 'subtract'
      | 'multiply'
      | 'divide'
      | 'maximum'
      | 'minimum'
      | 'squareRoot'
      | 'square'
      | 'sigmoid'
      | 'reshape'
      | 'reduceSum'
      | 'allFinite'
      | 'select';
  }
>;

/** One output of `operation`. */
export function computeCommon(operation: CommonComputation, inputs: readonly Tensor[]): Tensor {
  const input = (index: number): Tensor => nth(inputs, index);
  switch (operation.kind) {
    case 'relu':
      return relu(input(0));
    case 'maxPool':
      return maxPool(input(0) as Tensor4D, operation.size, operation.stride, operation.padding);
    case 'averagePool':
      return avgPool(input(0) as Tensor4D, operation.size, operation.stride, operation.padding);
    case 'matMul': {
      // The wasm backend multiplies transposed matrices ten times more slowly than it transposes them.
      const a = operation.transposeA ? transpose(input(0)) : input(0);
      const b = operation.transposeB ? transpose(input(1)) : input(1);
      return matMul(a as Tensor2D, b as Tensor2D);
    }
    case 'add':
      return add(input(0), input(1));
    case 'subtract':
      return sub(input(0), input(1));
    case 'multiply':
      return mul(input(0), input(1));
    case 'divide':
      return div(input(0), input(1));
    case 'maximum':
      return maximum(input(0), input(1));
    case 'minimum':
      return minimum(input(0), input(1));
    case 'squareRoot':
      return sqrt(input(0));
    case 'square':
      return square(input(0));
    case 'sigmoid':
      return sigmoid(input(0));
    case 'reshape':
      return reshape(input(0), [...operation.shape]);
    case 'reduceSum': {
      const result = sum(input(0), [...operation.axes]);
      return result.rank === 0 ? reshape(result, [1]) : result;
    }
    case 'allFinite':
      return reshape(cast(all(finiteElements(input(0))), 'float32'), [1]);
    case 'select':
      return where(notEqual(reshape(input(0), []), 0), input(1), input(2));
  }
}
