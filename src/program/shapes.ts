import { unreachable } from '../errors.js';
import { broadcastShape, depthwiseSide, elements, extent, isBatched, sameShape } from './geometry.js';
import type { Operation, Padding } from './operation.js';
import type { TensorType } from './types.js';

type Shape = readonly number[];
type ImageShape = readonly [batch: number, height: number, width: number, channels: number];

/** Reads the inputs of one operation and says what is wrong with them. */
class Inputs {
  constructor(
    private readonly operation: Operation,
    private readonly types: readonly TensorType[],
  ) {}

  fail(expected: string, got: string): never {
    throw new Error(`${this.operation.kind}: expected ${expected}, got ${got}`);
  }

  count(expected: number): void {
    if (this.types.length !== expected) this.fail(`${expected} inputs`, String(this.types.length));
  }

  shape(index: number, dtype: TensorType['dtype'] = 'float32'): Shape {
    const type = this.types[index];
    if (type === undefined) return this.fail(`an input ${index}`, `${this.types.length} inputs`);
    if (type.dtype !== dtype) this.fail(`${dtype} as input ${index}`, type.dtype);
    return type.shape;
  }

  ranked(index: number, rank: number): Shape {
    const shape = this.shape(index);
    if (shape.length !== rank) this.fail(`${rank} dimensions in input ${index}`, show(shape));
    return shape;
  }

  image(index: number): ImageShape {
    const [batch = 0, height = 0, width = 0, channels = 0] = this.ranked(index, 4);
    return [batch, height, width, channels];
  }

  matrix(index: number): readonly [number, number] {
    const [rows = 0, columns = 0] = this.ranked(index, 2);
    return [rows, columns];
  }

  vector(index: number): number {
    return this.ranked(index, 1)[0] ?? 0;
  }

  same(index: number, expected: Shape): void {
    const shape = this.shape(index);
    if (!sameShape(shape, expected)) this.fail(`${show(expected)} as input ${index}`, show(shape));
  }
}

function show(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

function windowed(inputs: Inputs, x: ImageShape, sizes: readonly [number, number], stride: number, padding: Padding) {
  const rows = extent(x[1], sizes[0], stride, padding).outputs;
  const columns = extent(x[2], sizes[1], stride, padding).outputs;
  if (rows < 1 || columns < 1) inputs.fail(`images of at least ${sizes[0]}x${sizes[1]} pixels`, show(x));
  return [rows, columns] as const;
}

function convolved(inputs: Inputs, x: ImageShape, filter: ImageShape, stride: number, padding: Padding): ImageShape {
  if (filter[2] !== x[3]) inputs.fail(`a filter over ${x[3]} channels`, show(filter));
  const [rows, columns] = windowed(inputs, x, [filter[0], filter[1]], stride, padding);
  return [x[0], rows, columns, filter[3]];
}

/** What a filter of its own for each channel makes of `x`. @param filter the input that holds the filters. */
function filtered(inputs: Inputs, x: ImageShape, stride: number, filter?: number): ImageShape {
  if (filter !== undefined) inputs.same(filter, [depthwiseSide, depthwiseSide, x[3]]);
  return [x[0], ...windowed(inputs, x, [depthwiseSide, depthwiseSide], stride, 'same'), x[3]];
}

function reshaped(inputs: Inputs, from: Shape, to: Shape): Shape {
  const rest = elements(to.slice(1));
  const batched = isBatched(from);
  const fits = isBatched(to)
    ? batched
      ? elements(from) === rest
      : elements(from) % rest === 0
    : !batched && elements(from) === elements(to);
  if (!fits || to.some((side, d) => side < 0 && (side !== -1 || d > 0)))
    inputs.fail(`values for ${show(to)}`, show(from));
  return isBatched(to) && !batched ? [elements(from) / rest, ...to.slice(1)] : to;
}

function reduced(inputs: Inputs, shape: Shape, axes: readonly number[]): Shape {
  if (axes.length === 0 || axes.some((axis) => axis < 0 || axis >= shape.length))
    inputs.fail(`axes of ${show(shape)}`, show(axes));
  const left = shape.filter((_, dimension) => !axes.includes(dimension));
  return left.length === 0 ? [1] : left;
}

function shapes(operation: Operation, inputs: Inputs, count: number): readonly Shape[] {
  switch (operation.kind) {
    case 'input':
    case 'readVariable':
      throw new Error(`${operation.kind}: its type is declared, not inferred`);
    case 'constant':
      inputs.count(0);
      return [[operation.values.length]];
    case 'assignVariable':
    case 'assignAdd':
      inputs.count(1);
      inputs.shape(0);
      return [];
    case 'addScaled':
      inputs.count(2);
      inputs.shape(0);
      inputs.same(1, [1]);
      return [];
    case 'clearVariable':
      inputs.count(0);
      return [];
    case 'applyNesterov':
      inputs.count(3);
      inputs.same(1, [1]);
      inputs.same(2, [1]);
      inputs.shape(0);
      return [];
    case 'cast':
      inputs.count(1);
      return [inputs.shape(0, 'uint8')];
    case 'conv2d':
      inputs.count(2);
      return [convolved(inputs, inputs.image(0), inputs.image(1), operation.stride, operation.padding)];
    case 'conv2dInputGradient':
      inputs.count(3);
      inputs.same(0, convolved(inputs, inputs.image(2), inputs.image(1), operation.stride, operation.padding));
      return [inputs.shape(2)];
    case 'conv2dFilterGradient':
      inputs.count(2);
      inputs.same(0, convolved(inputs, inputs.image(1), operation.filterShape, operation.stride, operation.padding));
      return [operation.filterShape];
    case 'depthwiseConv2d':
      inputs.count(2);
      return [filtered(inputs, inputs.image(0), operation.stride, 1)];
    case 'depthwiseConv2dInputGradient':
      inputs.count(3);
      inputs.same(0, filtered(inputs, inputs.image(2), operation.stride, 1));
      return [inputs.shape(2)];
    case 'depthwiseConv2dFilterGradient': {
      inputs.count(2);
      const x = inputs.image(1);
      inputs.same(0, filtered(inputs, x, operation.stride));
      return [[depthwiseSide, depthwiseSide, x[3]]];
    }
    case 'batchNormTrain':
    case 'batchNormGradient':
    case 'batchNormInfer': {
      const training = operation.kind === 'batchNormTrain';
      const x = inputs.image(operation.kind === 'batchNormGradient' ? 1 : 0);
      const channels = [x[3]];
      inputs.count(training ? 3 : 5);
      for (let index = operation.kind === 'batchNormGradient' ? 2 : 1; index < count; index += 1)
        inputs.same(index, channels);
      if (operation.kind === 'batchNormInfer') return [x];
      if (training) return [x, channels, channels, channels];
      inputs.same(0, x);
      return [x, channels, channels];
    }
    case 'maxPool':
    case 'averagePool': {
      inputs.count(1);
      const x = inputs.image(0);
      return [
        [x[0], ...windowed(inputs, x, [operation.size, operation.size], operation.stride, operation.padding), x[3]],
      ];
    }
    case 'maxPoolGradient':
    case 'averagePoolGradient': {
      const maximum = operation.kind === 'maxPoolGradient';
      inputs.count(maximum ? 3 : 2);
      const x = inputs.image(1);
      const y = [
        x[0],
        ...windowed(inputs, x, [operation.size, operation.size], operation.stride, operation.padding),
        x[3],
      ];
      inputs.same(0, y);
      if (maximum) inputs.same(2, y);
      return [x];
    }
    case 'globalAveragePool': {
      inputs.count(1);
      const x = inputs.image(0);
      return [[x[0], x[3]]];
    }
    case 'globalAveragePoolGradient': {
      inputs.count(2);
      const x = inputs.image(1);
      inputs.same(0, [x[0], x[3]]);
      return [x];
    }
    case 'matMul': {
      inputs.count(2);
      const [a, b] = [inputs.matrix(0), inputs.matrix(1)];
      const [m, k] = operation.transposeA ? [a[1], a[0]] : a;
      const [inner, n] = operation.transposeB ? [b[1], b[0]] : b;
      if (k !== inner || n === -1) inputs.fail(`matrices that fit ${show(a)}`, show(b));
      return [[m, n]];
    }
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'maximum':
    case 'minimum': {
      inputs.count(2);
      const [a, b] = [inputs.shape(0), inputs.shape(1)];
      return [broadcastShape(a, b) ?? inputs.fail(`shapes that broadcast with ${show(a)}`, show(b))];
    }
    case 'relu':
    case 'squareRoot':
    case 'square':
    case 'sigmoid':
      inputs.count(1);
      return [inputs.shape(0)];
    case 'reluGradient':
      inputs.count(2);
      inputs.same(0, inputs.shape(1));
      return [inputs.shape(1)];
    case 'reshape':
      inputs.count(1);
      return [reshaped(inputs, inputs.shape(0), operation.shape)];
    case 'slice': {
      inputs.count(1);
      const { begin, length } = operation;
      const size = inputs.vector(0);
      if (begin < 0 || length < 1 || begin + length > size)
        inputs.fail(`a part of ${size} values`, `${length} from ${begin}`);
      return [[length]];
    }
    case 'concat': {
      const lengths = Array.from({ length: count }, (_, index) => inputs.vector(index));
      if (count === 0 || lengths.includes(-1)) inputs.fail('vectors of known length', show(lengths));
      return [[lengths.reduce((sum, length) => sum + length, 0)]];
    }
    case 'reduceSum':
      inputs.count(1);
      return [reduced(inputs, inputs.shape(0), operation.axes)];
    case 'allFinite':
      inputs.count(1);
      inputs.shape(0);
      return [[1]];
    case 'select': {
      inputs.count(3);
      inputs.same(0, [1]);
      const [a, b] = [inputs.shape(1), inputs.shape(2)];
      if (sameShape(a, [1])) return [b];
      if (!sameShape(b, [1])) inputs.same(2, a);
      return [a];
    }
    case 'softmaxCrossEntropy': {
      inputs.count(2);
      const [batch, classes] = inputs.matrix(0);
      inputs.same(1, [batch, classes]);
      return [[batch], [batch, classes]];
    }
    default:
      return unreachable(operation);
  }
}

/**
 * Types of an operation's outputs. A batch of −1 in dimension 0 flows through. `input` and `readVariable` have declared
 * types and throw.
 * @throws Error that names the operation, what it expected and what it got.
 */
export function inferOutputs(operation: Operation, inputs: readonly TensorType[]): readonly TensorType[] {
  return shapes(operation, new Inputs(operation, inputs), inputs.length).map((shape) => ({ shape, dtype: 'float32' }));
}
