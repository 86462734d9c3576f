import { unreachable } from '../../src/errors.js';
import type { Operation } from '../../src/program/operation.js';
import type { Program } from '../../src/program/types.js';
import {
  batchNormGradient,
  batchNormTrain,
  convolve,
  convolveDepthwise,
  pool,
  softmaxCrossEntropy,
} from './reference-images.js';
import { at, sizeOf, type Tensor } from './tensor.js';

export type { Tensor };

/** Variables by name; the evaluator changes the arrays in place. */
export type Variables = Map<string, Float64Array>;

/** `shape` with a −1 in dimension 0 replaced so that `length` values fit. */
export function resolveShape(shape: readonly number[], length: number): readonly number[] {
  const [first, ...rest] = shape;
  const resolved = first === -1 ? [length / sizeOf(rest), ...rest] : shape;
  if (sizeOf(resolved) !== length || !resolved.every(Number.isInteger)) {
    throw new Error(`reference: ${length} values do not fit [${shape.join(', ')}]`);
  }
  return resolved;
}

function map(x: Tensor, f: (value: number) => number): Tensor {
  return { shape: x.shape, values: x.values.map(f) };
}

/** Elementwise with numpy's broadcasting. */
function broadcast(a: Tensor, b: Tensor, f: (a: number, b: number) => number): Tensor {
  const rank = Math.max(a.shape.length, b.shape.length);
  const side = (x: Tensor, dimension: number) => x.shape[dimension - rank + x.shape.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, d) => {
    const [left, right] = [side(a, d), side(b, d)];
    if (left !== right && left !== 1 && right !== 1)
      throw new Error(`reference: cannot broadcast ${a.shape} to ${b.shape}`);
    return left === 1 ? right : left;
  });
  const offset = (x: Tensor, index: number) => {
    let [rest, position, stride] = [index, 0, 1];
    for (let d = rank - 1; d >= 0; d -= 1) {
      const coordinate = rest % at(shape, d);
      rest = Math.floor(rest / at(shape, d));
      if (side(x, d) !== 1) position += coordinate * stride;
      stride *= side(x, d);
    }
    return position;
  };
  const values = new Float64Array(sizeOf(shape));
  for (let i = 0; i < values.length; i += 1) values[i] = f(at(a.values, offset(a, i)), at(b.values, offset(b, i)));
  return { shape, values };
}

function matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const [rowsA, columnsA, rowsB, columnsB] = [at(a.shape, 0), at(a.shape, 1), at(b.shape, 0), at(b.shape, 1)];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [inner, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  if (k !== inner) throw new Error(`reference: matMul of ${a.shape} and ${b.shape}`);
  const values = new Float64Array(m * n);
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < n; j += 1) {
      let sum = 0;
      for (let l = 0; l < k; l += 1) {
        sum += at(a.values, transposeA ? l * m + i : i * k + l) * at(b.values, transposeB ? j * k + l : l * n + j);
      }
      values[i * n + j] = sum;
    }
  }
  return { shape: [m, n], values };
}

function reduceSum(x: Tensor, axes: readonly number[]): Tensor {
  const kept = x.shape.map((_, d) => !axes.includes(d));
  const shape = x.shape.filter((_, d) => kept[d]);
  const values = new Float64Array(sizeOf(shape));
  for (let i = 0; i < x.values.length; i += 1) {
    let [rest, target, stride] = [i, 0, 1];
    for (let d = x.shape.length - 1; d >= 0; d -= 1) {
      const side = at(x.shape, d);
      if (kept[d]) {
        target += (rest % side) * stride;
        stride *= side;
      }
      rest = Math.floor(rest / side);
    }
    values[target] = at(values, target) + at(x.values, i);
  }
  return { shape: shape.length === 0 ? [1] : shape, values };
}

function variable(variables: Variables, name: string): Float64Array {
  const values = variables.get(name);
  if (values === undefined) throw new Error(`reference: no variable ${name}`);
  return values;
}

/** Computes one operation on values; `input` has no meaning here. */
export function evaluateOperation(
  operation: Operation,
  inputs: readonly Tensor[],
  variables: Variables = new Map(),
): readonly Tensor[] {
  const input = (index: number): Tensor => {
    const tensor = inputs[index];
    if (tensor === undefined) throw new Error(`reference: ${operation.kind} has no input ${index}`);
    return tensor;
  };
  const update = (name: string, f: (old: number, index: number) => number): readonly Tensor[] => {
    const values = variable(variables, name);
    values.forEach((old, index) => {
      values[index] = f(old, index);
    });
    return [];
  };
  switch (operation.kind) {
    case 'input':
      throw new Error('reference: an input has a value only inside a program');
    case 'constant':
      return [{ shape: [operation.values.length], values: Float64Array.from(operation.values) }];
    case 'readVariable': {
      const values = variable(variables, operation.variable).slice();
      return [{ shape: [values.length], values }];
    }
    case 'assignVariable':
      return update(operation.variable, (_, i) => at(input(0).values, i));
    case 'assignAdd':
      return update(operation.variable, (old, i) => old + at(input(0).values, i));
    case 'addScaled':
      return update(operation.variable, (old, i) => old + at(input(1).values, 0) * at(input(0).values, i));
    case 'clearVariable':
      return update(operation.variable, () => 0);
    case 'applyNesterov': {
      const [learningRate, momentum] = [at(input(1).values, 0), at(input(2).values, 0)];
      const gradient = input(0).values;
      update(operation.slot, (old, i) => momentum * old + at(gradient, i));
      const slot = variable(variables, operation.slot);
      return update(operation.variable, (old, i) => old - learningRate * (at(gradient, i) + momentum * at(slot, i)));
    }
    case 'cast':
      return [input(0)];
    case 'conv2d':
    case 'conv2dInputGradient':
    case 'conv2dFilterGradient':
      return [convolve(operation, inputs)];
    case 'depthwiseConv2d':
    case 'depthwiseConv2dInputGradient':
    case 'depthwiseConv2dFilterGradient':
      return [convolveDepthwise(operation, inputs)];
    case 'batchNormTrain':
      return batchNormTrain(input(0), input(1), input(2), operation.epsilon);
    case 'batchNormGradient':
      return batchNormGradient(input(0), input(1), input(2), input(3), input(4));
    case 'batchNormInfer': {
      const deviation = map(input(4), (variance) => Math.sqrt(variance + operation.epsilon));
      const normal = broadcast(
        broadcast(input(0), input(3), (x, mean) => x - mean),
        deviation,
        (x, s) => x / s,
      );
      return [
        broadcast(
          broadcast(normal, input(1), (x, scale) => x * scale),
          input(2),
          (x, offset) => x + offset,
        ),
      ];
    }
    case 'relu':
      return [map(input(0), (x) => Math.max(x, 0))];
    case 'reluGradient':
      return [broadcast(input(0), input(1), (dy, y) => (y > 0 ? dy : 0))];
    case 'maxPool':
    case 'maxPoolGradient':
    case 'averagePool':
    case 'averagePoolGradient':
      return [pool(operation, inputs)];
    case 'globalAveragePool': {
      const x = input(0);
      const pixels = at(x.shape, 1) * at(x.shape, 2);
      return [map(reduceSum(x, [1, 2]), (sum) => sum / pixels)];
    }
    case 'globalAveragePoolGradient': {
      const x = input(1);
      const pixels = at(x.shape, 1) * at(x.shape, 2);
      const dy = { shape: [at(x.shape, 0), 1, 1, at(x.shape, 3)], values: input(0).values };
      return [broadcast(dy, x, (gradient) => gradient / pixels)];
    }
    case 'matMul':
      return [matMul(input(0), input(1), operation.transposeA, operation.transposeB)];
    case 'add':
      return [broadcast(input(0), input(1), (a, b) => a + b)];
    case 'subtract':
      return [broadcast(input(0), input(1), (a, b) => a - b)];
    case 'multiply':
      return [broadcast(input(0), input(1), (a, b) => a * b)];
    case 'divide':
      return [broadcast(input(0), input(1), (a, b) => a / b)];
    case 'maximum':
      return [broadcast(input(0), input(1), Math.max)];
    case 'minimum':
      return [broadcast(input(0), input(1), Math.min)];
    case 'squareRoot':
      return [map(input(0), Math.sqrt)];
    case 'square':
      return [map(input(0), (x) => x * x)];
    case 'sigmoid':
      return [map(input(0), (x) => 1 / (1 + Math.exp(-x)))];
    case 'reshape':
      return [{ shape: resolveShape(operation.shape, input(0).values.length), values: input(0).values }];
    case 'slice':
      return [
        {
          shape: [operation.length],
          values: input(0).values.slice(operation.begin, operation.begin + operation.length),
        },
      ];
    case 'concat': {
      const values = Float64Array.from(inputs.flatMap((x) => [...x.values]));
      return [{ shape: [values.length], values }];
    }
    case 'reduceSum':
      return [reduceSum(input(0), operation.axes)];
    case 'allFinite':
      return [{ shape: [1], values: Float64Array.of(input(0).values.every(Number.isFinite) ? 1 : 0) }];
    case 'select': {
      const chosen = at(input(0).values, 0) !== 0;
      return [broadcast(input(1), input(2), (a, b) => (chosen ? a : b))];
    }
    case 'softmaxCrossEntropy':
      return softmaxCrossEntropy(input(0), input(1));
    default:
      return unreachable(operation);
  }
}

/**
 * Runs a whole program in the order of its nodes; changes `variables` in place and gives back the program's outputs.
 */
export function evaluateProgram(
  program: Program,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
  variables: Variables = new Map(),
): Record<string, Float64Array> {
  const results: (readonly Tensor[])[] = [];
  const resultOf = (ref: { readonly node: number; readonly output: number }): Tensor => {
    const tensor = results[ref.node]?.[ref.output];
    if (tensor === undefined) throw new Error(`reference: node ${ref.node} has no output ${ref.output} yet`);
    return tensor;
  };
  for (const node of program.nodes) {
    const { operation } = node;
    if (operation.kind === 'input') {
      const fed = feeds[operation.name];
      if (fed === undefined) throw new Error(`reference: nothing fed for ${operation.name}`);
      const values = Float64Array.from(fed);
      results.push([{ shape: resolveShape(node.outputs[0]?.shape ?? [], values.length), values }]);
    } else {
      const outputs = evaluateOperation(operation, node.inputs.map(resultOf), variables);
      results.push(
        outputs.map((x, i) => ({
          shape: resolveShape(node.outputs[i]?.shape ?? [], x.values.length),
          values: x.values,
        })),
      );
    }
  }
  return Object.fromEntries(Object.entries(program.outputs).map(([name, ref]) => [name, resultOf(ref).values.slice()]));
}
