import type { Tensor as KernelTensor } from '@tensorflow/tfjs-core';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { Computation, Compute } from '../../../src/engine/kernels/operations.js';
import { evaluateOperation } from '../../program/reference.js';
import type { Tensor } from '../../program/tensor.js';

/** Values between −1 and 1 that depend on `seed` alone. */
export function randomTensor(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  let state = (seed * 2654435761 + 12345) >>> 0;
  const values = Float64Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround((state / 2 ** 32) * 2 - 1);
  });
  return { shape, values };
}

/** Expects every output of the operation to be the reference's, within `tolerance` of the output's largest value. */
export function expectAsReference(
  compute: Compute,
  operation: Computation,
  inputs: readonly Tensor[],
  tolerance = 1e-4,
): void {
  const expected = evaluateOperation(operation, inputs);
  const results = tidy(() => {
    const fed = inputs.map(({ shape, values }) => tensor(Float32Array.from(values), [...shape]));
    return [...compute(operation, fed)];
  });
  expect(results).toHaveLength(expected.length);
  expected.forEach((reference, index) => {
    const result = results[index] as KernelTensor;
    expect(result.shape).toEqual(reference.shape);
    const values = result.dataSync();
    const scale = reference.values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
    const worst = reference.values.reduce((w, value, i) => Math.max(w, Math.abs(value - (values[i] ?? Number.NaN))), 0);
    expect(worst / scale, `${JSON.stringify(operation)} output ${index}`).toBeLessThan(tolerance);
    result.dispose();
  });
}
