import type { Computation } from '../../../src/engine/kernels/operations.js';
import type { Tensor } from '../../program/tensor.js';
import { randomTensor } from './operation-cases.js';

export interface OperationCase {
  readonly name: string;
  readonly operation: Computation;
  readonly inputs: readonly Tensor[];
}

function positive(x: Tensor): Tensor {
  return { shape: x.shape, values: x.values.map((value) => Math.abs(value) + 0.1) };
}

function shifted(x: Tensor, by: number): Tensor {
  return { shape: x.shape, values: x.values.map((value) => Math.fround(value + by)) };
}

const normalisation: readonly OperationCase[] = [
  [3, 5, 5, 16],
  [2, 3, 4, 6],
  [70, 9, 9, 8],
  [1, 1, 1, 4],
].flatMap((shape) => {
  const channels = [shape[3] ?? 0];
  const [x, dy] = [shifted(randomTensor(shape, 1), 5), randomTensor(shape, 2)];
  const [scale, offset, mean] = [
    randomTensor(channels, 3),
    randomTensor(channels, 4),
    shifted(randomTensor(channels, 5), 5),
  ];
  const variance = positive(randomTensor(channels, 6));
  return [
    { operation: { kind: 'batchNormTrain', epsilon: 1e-3 }, inputs: [x, scale, offset] },
    { operation: { kind: 'batchNormGradient' }, inputs: [dy, x, scale, mean, variance] },
    { operation: { kind: 'batchNormInfer', epsilon: 1e-3 }, inputs: [x, scale, offset, mean, variance] },
  ].map((each) => ({ ...each, name: `${each.operation.kind} of [${shape}]` }) as OperationCase);
});

const windows = [
  { size: 2, stride: 2, padding: 'valid' },
  { size: 3, stride: 2, padding: 'same' },
  { size: 3, stride: 1, padding: 'same' },
  { size: 2, stride: 2, padding: 'same' },
] as const;

/** Values that differ from one another, all negative: a maximum is never a tie and never above zero. */
function negative(shape: readonly number[]): Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return { shape, values: Float64Array.from({ length: size }, (_, i) => -1 - ((i * 7919) % size) / size) };
}

const pooling: readonly OperationCase[] = windows.flatMap((window) =>
  [7, 8].flatMap((side) => {
    const x = negative([2, side, side, 5]);
    const count =
      window.padding === 'same'
        ? Math.ceil(side / window.stride)
        : Math.floor((side - window.size) / window.stride) + 1;
    const dy = randomTensor([2, count, count, 5], 3);
    const name = `${window.size}x${window.size} stride ${window.stride} ${window.padding} of ${side}`;
    const pool = (
      kind: 'maxPool' | 'averagePool' | 'averagePoolGradient',
      inputs: readonly Tensor[],
    ): OperationCase => ({
      name: `${kind} ${name}`,
      operation: { kind, ...window },
      inputs,
    });
    return [pool('maxPool', [x]), pool('averagePool', [x]), pool('averagePoolGradient', [dy, x])];
  }),
);

const [a, b, row] = [randomTensor([6, 5], 1), randomTensor([6, 5], 2), randomTensor([5], 3)];
const binary = (['add', 'subtract', 'multiply', 'divide', 'maximum', 'minimum'] as const).flatMap(
  (kind): OperationCase[] => [
    { name: `${kind} of equal shapes`, operation: { kind }, inputs: [a, positive(b)] },
    { name: `${kind} with a row`, operation: { kind }, inputs: [a, positive(row)] },
    { name: `${kind} with one number`, operation: { kind }, inputs: [a, positive(randomTensor([1], 4))] },
  ],
);

const image = randomTensor([3, 4, 5, 6], 1);
const others: readonly OperationCase[] = [
  ...[4, 6].map(
    (channels): OperationCase => ({
      name: `multiply of images of ${channels} channels with a number each`,
      operation: { kind: 'multiply' },
      inputs: [randomTensor([3, 4, 5, channels], 1), randomTensor([3, 1, 1, 1], 2)],
    }),
  ),
  { name: 'relu', operation: { kind: 'relu' }, inputs: [image] },
  {
    name: 'reluGradient',
    operation: { kind: 'reluGradient' },
    inputs: [randomTensor([3, 5, 7, 3], 2), randomTensor([3, 5, 7, 3], 3)],
  },
  { name: 'globalAveragePool', operation: { kind: 'globalAveragePool' }, inputs: [image] },
  {
    name: 'globalAveragePoolGradient',
    operation: { kind: 'globalAveragePoolGradient' },
    inputs: [randomTensor([3, 6], 2), image],
  },
  ...[
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ].map(
    ([transposeA = false, transposeB = false]): OperationCase => ({
      name: `matMul, transposed ${transposeA} and ${transposeB}`,
      operation: { kind: 'matMul', transposeA, transposeB },
      inputs: [randomTensor(transposeA ? [7, 5] : [5, 7], 1), randomTensor(transposeB ? [10, 7] : [7, 10], 2)],
    }),
  ),
  { name: 'squareRoot', operation: { kind: 'squareRoot' }, inputs: [positive(a)] },
  { name: 'square', operation: { kind: 'square' }, inputs: [a] },
  { name: 'sigmoid', operation: { kind: 'sigmoid' }, inputs: [a] },
  ...[4, 6].flatMap((channels): OperationCase[] => {
    const x = randomTensor([3, 4, 5, channels], 1);
    return [
      {
        name: `multiply with one number for each image and each of ${channels} channels`,
        operation: { kind: 'multiply' },
        inputs: [x, randomTensor([3, 1, 1, channels], 2)],
      },
      {
        name: `reduceSum of the pixels of each image of ${channels} channels`,
        operation: { kind: 'reduceSum', axes: [1, 2] },
        inputs: [x],
      },
    ];
  }),
  { name: 'reshape', operation: { kind: 'reshape', shape: [-1, 120] }, inputs: [image] },
  { name: 'slice', operation: { kind: 'slice', begin: 3, length: 9 }, inputs: [randomTensor([20], 1)] },
  {
    name: 'concat',
    operation: { kind: 'concat' },
    inputs: [randomTensor([3], 1), randomTensor([1], 2), randomTensor([4], 3)],
  },
  { name: 'reduceSum of rows', operation: { kind: 'reduceSum', axes: [0] }, inputs: [a] },
  { name: 'reduceSum of pixels', operation: { kind: 'reduceSum', axes: [0, 1, 2] }, inputs: [image] },
  { name: 'reduceSum of a vector', operation: { kind: 'reduceSum', axes: [0] }, inputs: [randomTensor([3001], 1)] },
  { name: 'reduceSum of all', operation: { kind: 'reduceSum', axes: [0, 1] }, inputs: [a] },
  { name: 'allFinite of finite numbers', operation: { kind: 'allFinite' }, inputs: [image] },
  ...[0, 1].flatMap((condition): OperationCase[] =>
    [
      [a, b],
      [a, randomTensor([1], 4)],
      [randomTensor([1], 4), b],
    ].map(([left, right]) => ({
      name: `select ${condition} of [${left?.shape}] and [${right?.shape}]`,
      operation: { kind: 'select' },
      inputs: [{ shape: [1], values: Float64Array.of(condition) }, left ?? a, right ?? b],
    })),
  ),
  {
    name: 'softmaxCrossEntropy',
    operation: { kind: 'softmaxCrossEntropy' },
    inputs: [randomTensor([4, 10], 5), positive(randomTensor([4, 10], 6))],
  },
];

/** Every operation but the convolutions, which have a test of their own, and the gradient of max pooling, which needs its result. */
export const operationCases: readonly OperationCase[] = [...normalisation, ...pooling, ...binary, ...others];

/** Inputs of a max pooling whose windows hold no positive value. */
export const maxPoolCases = windows.flatMap((window) =>
  [5, 4, 20].map((channels) => ({ window, x: negative([2, 8, 7, channels]) })),
);
