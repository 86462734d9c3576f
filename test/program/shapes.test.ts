import { describe, expect, it } from 'vitest';
import { extent } from '../../src/program/geometry.js';
import type { Operation } from '../../src/program/operation.js';
import { inferOutputs } from '../../src/program/shapes.js';
import type { TensorType } from '../../src/program/types.js';
import { evaluateOperation } from './reference.js';
import { sizeOf } from './tensor.js';

type Shape = readonly number[];

function infer(operation: Operation, ...shapes: readonly Shape[]): readonly Shape[] {
  const inputs: readonly TensorType[] = shapes.map((shape) => ({ shape, dtype: 'float32' }));
  return inferOutputs(operation, inputs).map((output) => output.shape);
}

const window = { size: 3, stride: 2, padding: 'same' } as const;
const images: Shape = [-1, 7, 8, 4];
const legal: readonly (readonly [Operation, readonly Shape[], readonly Shape[]])[] = [
  [{ kind: 'constant', values: [1, 2, 3] }, [], [[3]]],
  [{ kind: 'assignVariable', variable: 'v' }, [[3]], []],
  [{ kind: 'assignAdd', variable: 'v' }, [[3]], []],
  [{ kind: 'clearVariable', variable: 'v' }, [], []],
  [{ kind: 'applyNesterov', variable: 'v', slot: 's' }, [[3], [1], [1]], []],
  [{ kind: 'conv2d', stride: 2, padding: 'same' }, [images, [3, 3, 4, 5]], [[-1, 4, 4, 5]]],
  [{ kind: 'conv2d', stride: 2, padding: 'valid' }, [images, [3, 3, 4, 5]], [[-1, 3, 3, 5]]],
  [{ kind: 'conv2dInputGradient', stride: 2, padding: 'same' }, [[-1, 4, 4, 5], [3, 3, 4, 5], images], [images]],
  [
    { kind: 'conv2dFilterGradient', stride: 2, padding: 'same', filterShape: [3, 3, 4, 5] },
    [[-1, 4, 4, 5], images],
    [[3, 3, 4, 5]],
  ],
  [{ kind: 'depthwiseConv2d', stride: 2 }, [images, [3, 3, 4]], [[-1, 4, 4, 4]]],
  [{ kind: 'depthwiseConv2dInputGradient', stride: 2 }, [[-1, 4, 4, 4], [3, 3, 4], images], [images]],
  [{ kind: 'depthwiseConv2dFilterGradient', stride: 2 }, [[-1, 4, 4, 4], images], [[3, 3, 4]]],
  [{ kind: 'batchNormTrain', epsilon: 1e-5 }, [images, [4], [4]], [images, [4], [4], [4]]],
  [{ kind: 'batchNormGradient' }, [images, images, [4], [4], [4]], [images, [4], [4]]],
  [{ kind: 'batchNormInfer', epsilon: 1e-5 }, [images, [4], [4], [4], [4]], [images]],
  [{ kind: 'relu' }, [images], [images]],
  [{ kind: 'reluGradient' }, [images, images], [images]],
  [{ kind: 'maxPool', ...window }, [images], [[-1, 4, 4, 4]]],
  [{ kind: 'maxPoolGradient', ...window }, [[-1, 4, 4, 4], images, [-1, 4, 4, 4]], [images]],
  [{ kind: 'averagePool', ...window }, [images], [[-1, 4, 4, 4]]],
  [{ kind: 'averagePoolGradient', ...window }, [[-1, 4, 4, 4], images], [images]],
  [{ kind: 'globalAveragePool' }, [images], [[-1, 4]]],
  [{ kind: 'globalAveragePoolGradient' }, [[-1, 4], images], [images]],
  [
    { kind: 'matMul', transposeA: false, transposeB: false },
    [
      [-1, 4],
      [4, 3],
    ],
    [[-1, 3]],
  ],
  [
    { kind: 'matMul', transposeA: true, transposeB: false },
    [
      [-1, 4],
      [-1, 3],
    ],
    [[4, 3]],
  ],
  [{ kind: 'add' }, [[-1, 4], [4]], [[-1, 4]]],
  [{ kind: 'subtract' }, [[1], [-1, 4]], [[-1, 4]]],
  [
    { kind: 'multiply' },
    [
      [-1, 4],
      [-1, 1],
    ],
    [[-1, 4]],
  ],
  [{ kind: 'square' }, [[2]], [[2]]],
  [{ kind: 'squareRoot' }, [[2]], [[2]]],
  [{ kind: 'reshape', shape: [-1, 2, 2] }, [[-1, 4]], [[-1, 2, 2]]],
  [{ kind: 'reshape', shape: [-1, 2] }, [[6]], [[3, 2]]],
  [{ kind: 'slice', begin: 1, length: 2 }, [[3]], [[2]]],
  [{ kind: 'concat' }, [[3], [2]], [[5]]],
  [{ kind: 'reduceSum', axes: [0, 1] }, [images], [[8, 4]]],
  [{ kind: 'reduceSum', axes: [0] }, [[-1]], [[1]]],
  [{ kind: 'allFinite' }, [images], [[1]]],
  [{ kind: 'select' }, [[1], images, images], [images]],
  [{ kind: 'select' }, [[1], [3], [1]], [[3]]],
  [{ kind: 'select' }, [[1], [1], [-1, 2]], [[-1, 2]]],
  [
    { kind: 'softmaxCrossEntropy' },
    [
      [-1, 3],
      [-1, 3],
    ],
    [[-1], [-1, 3]],
  ],
];

const illegal: readonly (readonly [string, Operation, readonly Shape[]])[] = [
  [
    'conv2d: expected a filter over 4 channels, got [3, 3, 3, 5]',
    { kind: 'conv2d', stride: 1, padding: 'same' },
    [images, [3, 3, 3, 5]],
  ],
  [
    'conv2d: expected images of at least 9x9 pixels',
    { kind: 'conv2d', stride: 1, padding: 'valid' },
    [images, [9, 9, 4, 5]],
  ],
  ['conv2d: expected 2 inputs, got 1', { kind: 'conv2d', stride: 1, padding: 'same' }, [images]],
  [
    'maxPoolGradient: expected [-1, 4, 4, 4] as input 2',
    { kind: 'maxPoolGradient', ...window },
    [[-1, 4, 4, 4], images, images],
  ],
  ['batchNormTrain: expected [4] as input 2, got [3]', { kind: 'batchNormTrain', epsilon: 0 }, [images, [4], [3]]],
  [
    'matMul: expected matrices that fit [-1, 4], got [3, 4]',
    { kind: 'matMul', transposeA: false, transposeB: false },
    [
      [-1, 4],
      [3, 4],
    ],
  ],
  ['add: expected shapes that broadcast with [2, 3], got [2]', { kind: 'add' }, [[2, 3], [2]]],
  [
    'add: expected shapes that broadcast with [-1, 3], got [2, 3]',
    { kind: 'add' },
    [
      [-1, 3],
      [2, 3],
    ],
  ],
  ['reshape: expected values for [-1, 2], got [-1, 4]', { kind: 'reshape', shape: [-1, 2] }, [[-1, 4]]],
  ['reshape: expected values for [2, -1], got [4]', { kind: 'reshape', shape: [2, -1] }, [[4]]],
  ['reshape: expected values for [4], got [-1, 4]', { kind: 'reshape', shape: [4] }, [[-1, 4]]],
  ['slice: expected a part of 3 values, got 3 from 1', { kind: 'slice', begin: 1, length: 3 }, [[3]]],
  ['concat: expected 1 dimensions in input 1, got [2, 2]', { kind: 'concat' }, [[3], [2, 2]]],
  ['reduceSum: expected axes of [2, 3], got [2]', { kind: 'reduceSum', axes: [2] }, [[2, 3]]],
  ['select: expected [1] as input 0, got [2]', { kind: 'select' }, [[2], [2], [2]]],
  ['select: expected [2] as input 2, got [3]', { kind: 'select' }, [[1], [2], [3]]],
  [
    'softmaxCrossEntropy: expected [-1, 3] as input 1, got [-1, 4]',
    { kind: 'softmaxCrossEntropy' },
    [
      [-1, 3],
      [-1, 4],
    ],
  ],
  [
    'applyNesterov: expected [1] as input 1, got [2]',
    { kind: 'applyNesterov', variable: 'v', slot: 's' },
    [[3], [2], [1]],
  ],
  ['cast: expected uint8 as input 0, got float32', { kind: 'cast' }, [images]],
  ['input: its type is declared, not inferred', { kind: 'input', name: 'x' }, []],
];

describe('inferOutputs', () => {
  for (const [operation, inputs, outputs] of legal) {
    it(`lets the batch flow through ${JSON.stringify(operation)} of ${JSON.stringify(inputs)}`, () => {
      expect(infer(operation, ...inputs)).toEqual(outputs);
    });
    it(`gives the shape that ${operation.kind} has for two images of ${JSON.stringify(inputs)}`, () => {
      const two = (shape: Shape) => shape.map((side) => (side === -1 ? 2 : side));
      const tensors = inputs.map(two).map((shape) => ({ shape, values: new Float64Array(sizeOf(shape)).fill(1) }));
      const variables = new Map([
        ['v', new Float64Array(3)],
        ['s', new Float64Array(3)],
      ]);
      expect(evaluateOperation(operation, tensors, variables).map((tensor) => tensor.shape)).toEqual(outputs.map(two));
    });
  }
  for (const [message, operation, inputs] of illegal) {
    it(`refuses with "${message}"`, () => expect(() => infer(operation, ...inputs)).toThrow(message));
  }
  it('turns uint8 pixels into float32', () => {
    expect(inferOutputs({ kind: 'cast' }, [{ shape: images, dtype: 'uint8' }])).toEqual([
      { shape: images, dtype: 'float32' },
    ]);
  });
});

describe('extent', () => {
  it('puts the odd pixel of a same border at the end', () => {
    expect(extent(28, 3, 2, 'same')).toEqual({ outputs: 14, before: 0, after: 1 });
    expect(extent(7, 3, 2, 'same')).toEqual({ outputs: 4, before: 1, after: 1 });
    expect(extent(1, 2, 2, 'same')).toEqual({ outputs: 1, before: 0, after: 1 });
    expect(extent(8, 1, 2, 'same')).toEqual({ outputs: 4, before: 0, after: 0 });
  });
  it('has no border when valid', () => {
    expect(extent(7, 3, 2, 'valid')).toEqual({ outputs: 3, before: 0, after: 0 });
  });
});
