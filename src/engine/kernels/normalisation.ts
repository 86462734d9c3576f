import type { Tensor } from '@tensorflow/tfjs-core';
import type { WasmHeap } from './heap.js';
import { nth, shape4 } from './shapes.js';

/** Floats of each operand between two changes from float32 to float64 sums; they also fit into the first-level cache. */
const chunkFloats = 2048;

interface Sums {
  /** Σ (u − pivot of u) by channel. */
  readonly first: Float64Array;
  /** Σ (u − pivot of u)(v − pivot of v) by channel. */
  readonly products: Float64Array;
}

function pixelsOf(x: Tensor): { readonly pixels: number; readonly channels: number } {
  const channels = nth(x.shape, x.shape.length - 1);
  return { pixels: x.size / channels, channels };
}

function slowSums(u: Float32Array, v: Float32Array, pivotU: Float32Array, pivotV: Float32Array): Sums {
  const channels = pivotU.length;
  const [first, products] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < u.length; i += 1) {
    const channel = i % channels;
    const shifted = nth(u, i) - nth(pivotU, channel);
    first[channel] = nth(first, channel) + shifted;
    products[channel] = nth(products, channel) + shifted * (nth(v, i) - nth(pivotV, channel));
  }
  return { first, products };
}

/** Sums over all pixels, in float32 within a chunk of pixels and in float64 from chunk to chunk. */
function sumsOf(heap: WasmHeap, u: Tensor, v: Tensor, pivotU: Tensor, pivotV: Tensor): Sums {
  const { pixels, channels } = pixelsOf(u);
  if (channels % 4 !== 0) return slowSums(heap.values(u), heap.values(v), heap.values(pivotU), heap.values(pivotV));
  const partial = heap.allocate([2, channels]);
  const out = heap.values(partial);
  const [first, products] = [new Float64Array(channels), new Float64Array(channels)];
  const sums = heap.kernel('sums');
  const [a, b, p, q] = [heap.address(u), heap.address(v), heap.address(pivotU), heap.address(pivotV)];
  const chunk = Math.max(16, Math.floor(chunkFloats / channels));
  for (let begin = 0; begin < pixels; begin += chunk) {
    const offset = begin * channels * 4;
    const count = Math.min(chunk, pixels - begin);
    sums(a + offset, b + offset, p, q, heap.address(partial), channels, count, channels * 4);
    for (let channel = 0; channel < channels; channel += 1) {
      first[channel] = (first[channel] as number) + (out[channel] as number);
      products[channel] = (products[channel] as number) + (out[channels + channel] as number);
    }
  }
  return { first, products };
}

/** u · a + v · b + d with one a, b, d a channel. */
function affineOf(heap: WasmHeap, u: Tensor, v: Tensor, a: Float32Array, b: Float32Array, d: Float32Array): Tensor {
  const { pixels, channels } = pixelsOf(u);
  const y = heap.allocate(u.shape);
  const factors = heap.allocate([3, channels]);
  const held = heap.values(factors);
  held.set(a, 0);
  held.set(b, channels);
  held.set(d, 2 * channels);
  if (channels % 4 !== 0) {
    const [left, right] = [heap.values(u), heap.values(v)];
    heap
      .values(y)
      .set(
        left.map(
          (value, i) => value * nth(a, i % channels) + nth(right, i) * nth(b, i % channels) + nth(d, i % channels),
        ),
      );
    return y;
  }
  const affine = heap.kernel('affine');
  const at = heap.address(factors);
  const [from, and, to] = [heap.address(u), heap.address(v), heap.address(y)];
  const chunk = Math.max(16, Math.floor(chunkFloats / channels));
  for (let begin = 0; begin < pixels; begin += chunk) {
    const offset = begin * channels * 4;
    const count = Math.min(chunk, pixels - begin);
    affine(
      ...[from + offset, and + offset, at, at + channels * 4, at + channels * 8, to + offset],
      ...[channels, count, channels * 4],
    );
  }
  return y;
}

function vector(heap: WasmHeap, values: ArrayLike<number>): Tensor {
  const tensor = heap.allocate([values.length]);
  heap.values(tensor).set(values);
  return tensor;
}

/** (x, scale, offset) → y, mean, unbiased variance, reciprocal standard deviation. */
export function batchNormTrain(heap: WasmHeap, x: Tensor, scale: Tensor, offset: Tensor, epsilon: number): Tensor[] {
  const { pixels, channels } = pixelsOf(x);
  // Sums are taken around a value of each channel, which keeps their difference exact where the mean is large.
  const pivot = vector(heap, heap.values(x).slice(0, channels));
  const { first, products } = sumsOf(heap, x, x, pivot, pivot);
  const mean = vector(
    heap,
    first.map((sum, channel) => nth(heap.values(pivot), channel) + sum / pixels),
  );
  const biased = products.map((sum, i) => Math.max(0, sum / pixels - (nth(first, i) / pixels) ** 2));
  const deviation = vector(
    heap,
    biased.map((variance) => 1 / Math.sqrt(variance + epsilon)),
  );
  const variance = vector(
    heap,
    biased.map((value) => (value * pixels) / Math.max(1, pixels - 1)),
  );
  const factor = heap.values(scale).map((value, i) => value * nth(heap.values(deviation), i));
  const shift = heap.values(offset).map((value, i) => value - nth(heap.values(mean), i) * nth(factor, i));
  return [affineOf(heap, x, x, factor, new Float32Array(channels), shift), mean, variance, deviation];
}

/** (dy, x, scale, mean, reciprocal standard deviation) → dx, dscale, doffset. */
export function batchNormGradient(
  heap: WasmHeap,
  dy: Tensor,
  x: Tensor,
  scale: Tensor,
  mean: Tensor,
  deviation: Tensor,
): Tensor[] {
  const { pixels, channels } = pixelsOf(x);
  const zero = vector(heap, new Float32Array(channels));
  const { first, products } = sumsOf(heap, dy, x, zero, mean);
  const reciprocal = heap.values(deviation);
  const dscale = products.map((sum, i) => sum * nth(reciprocal, i));
  // dx = a·(dy − Σdy/n − x̂·dscale/n) with a = scale/σ and x̂ = (x − mean)/σ, collected by dy, x and a constant.
  const a = heap.values(scale).map((value, i) => value * nth(reciprocal, i));
  const b = a.map((value, i) => (-value * nth(reciprocal, i) * nth(dscale, i)) / pixels);
  const d = a.map((value, i) => (-value * nth(first, i)) / pixels - nth(heap.values(mean), i) * nth(b, i));
  return [affineOf(heap, dy, x, a, b, d), vector(heap, dscale), vector(heap, first)];
}

/** (x, scale, offset, mean, variance) → y. */
export function batchNormInfer(
  heap: WasmHeap,
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  mean: Tensor,
  variance: Tensor,
  epsilon: number,
): Tensor {
  const factor = heap.values(scale).map((value, i) => value / Math.sqrt(nth(heap.values(variance), i) + epsilon));
  const shift = heap.values(offset).map((value, i) => value - nth(heap.values(mean), i) * nth(factor, i));
  return affineOf(heap, x, x, factor, new Float32Array(factor.length), shift);
}

/** (x [n, h, w, c]) → [n, c], the mean over the pixels. */
export function globalAveragePool(heap: WasmHeap, x: Tensor): Tensor {
  const [batch, height, width, channels] = shape4(x);
  const y = heap.allocate([batch, channels]);
  const [from, to] = [heap.values(x), heap.values(y)];
  const pixels = height * width;
  for (let image = 0; image < batch; image += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      let sum = 0;
      const end = (image + 1) * pixels * channels;
      for (let i = image * pixels * channels + channel; i < end; i += channels) sum += from[i] as number;
      to[image * channels + channel] = sum / pixels;
    }
  }
  return y;
}

/** (dy [n, c]) → dx of `shape`: each pixel has its part of its image's gradient. */
export function globalAveragePoolGradient(heap: WasmHeap, dy: Tensor, shape: readonly number[]): Tensor {
  const dx = heap.allocate(shape);
  const [from, to] = [heap.values(dy), heap.values(dx)];
  const channels = nth(dy.shape, 1);
  const pixels = dx.size / dy.size;
  for (let image = 0; image * channels < from.length; image += 1) {
    const part = from.subarray(image * channels, (image + 1) * channels).map((value) => value / pixels);
    for (let pixel = 0; pixel < pixels; pixel += 1) to.set(part, (image * pixels + pixel) * channels);
  }
  return dx;
}
