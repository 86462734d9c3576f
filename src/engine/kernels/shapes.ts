import type { Tensor } from '@tensorflow/tfjs-core';

export type Shape4 = readonly [number, number, number, number];

/** The shape of a rank-4 tensor. @throws Error for another rank. */
export function shape4({ shape }: Tensor): Shape4 {
  const [a, b, c, d, ...more] = shape;
  if (a === undefined || b === undefined || c === undefined || d === undefined || more.length > 0) {
    throw new Error(`engine: expected four dimensions, got [${shape.join(', ')}]`);
  }
  return [a, b, c, d];
}

/** `values[index]`. @throws Error when there is none. */
export function nth<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index];
  if (value === undefined) throw new Error(`engine: nothing at ${index} of ${values.length}`);
  return value;
}
