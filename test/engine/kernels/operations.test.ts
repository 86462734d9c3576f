import { tensor, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Computation, Compute } from '../../../src/engine/kernels/operations.js';
import { startWasm } from '../../../src/engine/kernels/wasm.js';
import { evaluateOperation } from '../../program/reference.js';
import { expectAsReference, randomTensor } from './operation-cases.js';
import { maxPoolCases, operationCases } from './operation-table.js';

let compute: Compute;
beforeAll(async () => {
  ({ compute } = await startWasm());
});

function outputOf(operation: Computation, ...vectors: readonly Float32Array[]): Float32Array {
  const [result] = tidy(() => [
    ...compute(
      operation,
      vectors.map((values) => tensor(values.slice())),
    ),
  ]);
  const values = Float32Array.from(result?.dataSync() ?? []);
  result?.dispose();
  return values;
}

describe('operations on wasm', () => {
  it.each(operationCases)('$name is the reference', ({ operation, inputs }) => {
    expectAsReference(compute, operation, inputs);
  });

  it.each(maxPoolCases)(
    'the gradient of max pooling is right where all values are negative: $window, [$x.shape]',
    ({ window, x }) => {
      const [y] = evaluateOperation({ kind: 'maxPool', ...window }, [x]);
      expect(y).toBeDefined();
      if (y === undefined) return;
      expectAsReference(compute, { kind: 'maxPoolGradient', ...window }, [randomTensor(y.shape, 4), x, y]);
    },
  );

  it.each([1, 4])('a max pooling window gives its gradient to the first of equal maxima, %i channels', (channels) => {
    const filled = (side: number, value: number) => ({
      shape: [1, side, side, channels],
      values: new Float64Array(side * side * channels).fill(value),
    });
    const inputs = [filled(1, 2), filled(2, 3), filled(1, 3)];
    expectAsReference(compute, { kind: 'maxPoolGradient', size: 2, stride: 2, padding: 'valid' }, inputs);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'allFinite finds %d wherever it stands, and select keeps it out',
    (wrong) => {
      for (const [size, place] of [
        [1, 0],
        [7, 6],
        [4096, 17],
        [4099, 4098],
      ] as const) {
        const x = new Float32Array(size).fill(3e38);
        expect(outputOf({ kind: 'allFinite' }, x)).toEqual(Float32Array.of(1));
        x[place] = wrong;
        expect(outputOf({ kind: 'allFinite' }, x)).toEqual(Float32Array.of(0));
        const [no, yes, five] = [Float32Array.of(0), Float32Array.of(1), new Float32Array(size).fill(5)];
        expect(outputOf({ kind: 'select' }, no, x, five)).toEqual(five);
        expect(outputOf({ kind: 'select' }, no, x, Float32Array.of(5))).toEqual(five);
        expect(outputOf({ kind: 'select' }, yes, five, x)).toEqual(five);
        expect(outputOf({ kind: 'select' }, yes, x, five)).toEqual(x);
      }
    },
  );

  it('batch statistics stay exact where the mean is a thousand times the deviation', () => {
    const x = randomTensor([4, 8, 8, 8], 7);
    const far = { shape: x.shape, values: x.values.map((value) => Math.fround(value + 500)) };
    const one = { shape: [8], values: new Float64Array(8).fill(1) };
    expectAsReference(compute, { kind: 'batchNormTrain', epsilon: 1e-5 }, [far, one, one], 2e-4);
  });
});
