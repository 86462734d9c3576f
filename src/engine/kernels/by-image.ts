import type { Tensor } from '@tensorflow/tfjs-core';
import type { WasmHeap } from './heap.js';
import { shape4 } from './shapes.js';

/** Whether `factors` hold one number for each image of `x`, or one for each of its channels, too, which the library multiplies with element by element. */
export function isByImage({ shape }: Tensor, { shape: factors }: Tensor): boolean {
  const [batch, , , channels = 0] = shape;
  const fits = shape.length === 4 && factors.length === 4 && factors[0] === batch;
  const perChannel = factors[3] === channels || factors[3] === 1;
  return fits && factors[1] === 1 && factors[2] === 1 && perChannel && channels % 4 === 0;
}

/** (x [n, 1, 1, 1]) → each number `channels` times. */
function spread(heap: WasmHeap, x: Tensor, channels: number): Tensor {
  const y = heap.allocate([x.size, channels]);
  const values = heap.values(y);
  for (const [image, value] of heap.values(x).entries()) values.fill(value, image * channels, (image + 1) * channels);
  return y;
}

/** (x [n, h, w, c], factors [n, 1, 1, c or 1]) → their product, for channels that are a multiple of four. */
export function scaleImages(heap: WasmHeap, x: Tensor, factors: Tensor): Tensor {
  const [batch, height, width, channels] = shape4(x);
  const y = heap.allocate(x.shape);
  const none = heap.allocate([channels]);
  heap.values(none).fill(0);
  const [pixels, pixelBytes] = [height * width, channels * 4];
  const affine = heap.kernel('affine');
  const each = factors.shape[3] === channels ? factors : spread(heap, factors, channels);
  for (let image = 0; image < batch; image += 1) {
    const at = image * pixels * pixelBytes;
    const factor = heap.address(each) + image * pixelBytes;
    affine(
      ...[heap.address(x) + at, heap.address(x) + at, factor, heap.address(none), heap.address(none)],
      ...[heap.address(y) + at, channels, pixels, pixelBytes],
    );
  }
  return y;
}

/** Whether these are the axes of the pixels of images whose channels are a multiple of four. */
export function isOverPixels(axes: readonly number[], { shape }: Tensor): boolean {
  return shape.length === 4 && axes.length === 2 && axes.includes(1) && axes.includes(2) && (shape[3] ?? 0) % 4 === 0;
}

/** (x [n, h, w, c]) → [n, c], the sums over the pixels, for channels that are a multiple of four. */
export function pixelSums(heap: WasmHeap, x: Tensor): Tensor {
  const [batch, height, width, channels] = shape4(x);
  const y = heap.allocate([batch, channels]);
  const pivot = heap.allocate([channels]);
  heap.values(pivot).fill(0);
  // The kernel writes sums of squares after the sums.
  const sums = heap.allocate([2, channels]);
  const [pixels, pixelBytes] = [height * width, channels * 4];
  const kernel = heap.kernel('sums');
  const zero = heap.address(pivot);
  for (let image = 0; image < batch; image += 1) {
    const from = heap.address(x) + image * pixels * pixelBytes;
    kernel(from, from, zero, zero, heap.address(sums), channels, pixels, pixelBytes);
    heap.values(y).set(heap.values(sums).subarray(0, channels), image * channels);
  }
  return y;
}
