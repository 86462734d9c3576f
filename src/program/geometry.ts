import type { Padding } from './operation.js';

/** Pixels along each side of a depthwise convolution's filters. */
export const depthwiseSide = 3;

/** How many windows fit along one side of an image and how many pixels of border stand before and after it. */
export interface Extent {
  readonly outputs: number;
  readonly before: number;
  readonly after: number;
}

/**
 * Windows of `size` pixels every `stride` pixels along `side` pixels, as TensorFlow places them. `outputs` < 1: none
 * fits.
 */
export function extent(side: number, size: number, stride: number, padding: Padding): Extent {
  if (padding === 'valid') return { outputs: Math.floor((side - size) / stride) + 1, before: 0, after: 0 };
  const outputs = Math.ceil(side / stride);
  const border = Math.max((outputs - 1) * stride + size - side, 0);
  return { outputs, before: Math.floor(border / 2), after: Math.ceil(border / 2) };
}

/** Number of elements; an open batch counts as one image. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * Math.abs(side), 1);
}

export function isBatched(shape: readonly number[]): boolean {
  return shape[0] === -1;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, dimension) => side === b[dimension]);
}

/** Shape of an elementwise operation by numpy's rules, or undefined where the shapes do not fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let dimension = 0; dimension < rank; dimension += 1) {
    const left = a[dimension - rank + a.length] ?? 1;
    const right = b[dimension - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    shape.push(left === 1 ? right : left);
  }
  return shape.includes(-1, 1) ? undefined : shape;
}
