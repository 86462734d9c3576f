import type { Tensor } from '@tensorflow/tfjs-core';
import { depthwiseSide, extent } from '../../program/geometry.js';
import { firstChannels, padChannels } from './convolution.js';
import type { WasmHeap } from './heap.js';
import { type Shape4, shape4 } from './shapes.js';

/** Where the pixels of an image stand in a larger one of zeros. */
interface Placement {
  readonly height: number;
  readonly width: number;
  readonly top: number;
  readonly left: number;
  /** How far apart they are put. */
  readonly spread: number;
}

/** Channels that the kernels work on at a time. */
const groupChannels = 4;

function wholeGroups(x: Tensor): Tensor {
  const channels = x.shape.at(-1) ?? 0;
  return padChannels(x, x.shape.length - 1, Math.ceil(channels / groupChannels) * groupChannels);
}

/** Calls `visit` for each image of `x`, placed in a scratch image; the same scratch each time. */
function eachPlaced(
  heap: WasmHeap,
  x: Tensor,
  { height, width, top, left, spread }: Placement,
  visit: (image: number, address: number) => void,
): void {
  const [batch, rows, columns, channels] = shape4(x);
  const scratch = heap.allocate([height, width, channels]);
  heap.values(scratch).fill(0);
  const floats = heap.floats();
  const [source, target] = [heap.address(x) / 4, heap.address(scratch) / 4];
  // Pixels that stay side by side are copied at once.
  const run = spread === 1 ? columns : 1;
  for (let image = 0; image < batch; image += 1) {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += run) {
        const from = source + ((image * rows + row) * columns + column) * channels;
        const to = target + ((top + row * spread) * width + left + column * spread) * channels;
        floats.copyWithin(to, from, from + run * channels);
      }
    }
    visit(image, target * 4);
  }
}

/** Where `same` padding puts an image of this shape. */
function bordered([, height, width]: Shape4, stride: number): Placement {
  const [down, across] = [extent(height, depthwiseSide, stride, 'same'), extent(width, depthwiseSide, stride, 'same')];
  return {
    height: down.before + height + down.after,
    width: across.before + width + across.after,
    top: down.before,
    left: across.before,
    spread: 1,
  };
}

/** Filters each placed image of `x` into one of `y`, row by row. */
function filterPlaced(
  heap: WasmHeap,
  x: Tensor,
  filter: Tensor,
  y: Tensor,
  placement: Placement,
  stride: number,
): void {
  const [, rows, columns, channels] = shape4(y);
  const pixelBytes = channels * 4;
  const rowBytes = placement.width * pixelBytes;
  const kernel = heap.kernel('depthwise');
  eachPlaced(heap, x, placement, (image, address) => {
    for (let row = 0; row < rows; row += 1) {
      const to = heap.address(y) + (image * rows + row) * columns * pixelBytes;
      kernel(
        ...[address + row * stride * rowBytes, rowBytes, heap.address(filter), to],
        ...[channels, columns, stride * pixelBytes, pixelBytes],
      );
    }
  });
}

/** (x, filter [3, 3, c]) → y. */
export function depthwiseConv2d(heap: WasmHeap, x: Tensor, filter: Tensor, stride: number): Tensor {
  const wide = wholeGroups(x);
  const shape = shape4(wide);
  const [rows, columns] = [shape[1], shape[2]].map((side) => extent(side, depthwiseSide, stride, 'same').outputs);
  const y = heap.allocate([shape[0], rows ?? 0, columns ?? 0, shape[3]]);
  filterPlaced(heap, wide, wholeGroups(filter), y, bordered(shape, stride), stride);
  return firstChannels(y, x.shape[3] ?? 0);
}

/** (dy, filter [3, 3, c], x: only its shape) → dx: dy with its pixels `stride` apart, filtered by the filter turned round. */
export function depthwiseConv2dInputGradient(
  heap: WasmHeap,
  dy: Tensor,
  filter: Tensor,
  shape: Shape4,
  stride: number,
): Tensor {
  const wide = wholeGroups(dy);
  const [batch, height, width, channels] = shape;
  const dx = heap.allocate([batch, height, width, shape4(wide)[3]]);
  const { top, left } = bordered(shape, stride);
  const beyond = depthwiseSide - 1;
  const placement = {
    height: height + beyond,
    width: width + beyond,
    top: beyond - top,
    left: beyond - left,
    spread: stride,
  };
  filterPlaced(heap, wide, turned(heap, wholeGroups(filter)), dx, placement, 1);
  return firstChannels(dx, channels);
}

/** The taps in reverse order. */
function turned(heap: WasmHeap, filter: Tensor): Tensor {
  const result = heap.allocate(filter.shape);
  const [from, to] = [heap.values(filter), heap.values(result)];
  const channels = filter.size / depthwiseSide ** 2;
  for (let tap = 0; tap * channels < filter.size; tap += 1) {
    to.set(from.subarray(filter.size - (tap + 1) * channels, filter.size - tap * channels), tap * channels);
  }
  return result;
}

/** (dy, x) → dfilter [3, 3, c]. */
export function depthwiseConv2dFilterGradient(heap: WasmHeap, dy: Tensor, x: Tensor, stride: number): Tensor {
  const [gradient, wide] = [wholeGroups(dy), wholeGroups(x)];
  const [, rows, columns, channels] = shape4(gradient);
  const result = heap.allocate([depthwiseSide, depthwiseSide, channels]);
  heap.values(result).fill(0);
  const placement = bordered(shape4(wide), stride);
  const pixelBytes = channels * 4;
  const rowBytes = placement.width * pixelBytes;
  const kernel = heap.kernel('depthwiseCorrelate');
  eachPlaced(heap, wide, placement, (image, address) => {
    for (let row = 0; row < rows; row += 1) {
      const from = heap.address(gradient) + (image * rows + row) * columns * pixelBytes;
      kernel(
        ...[address + row * stride * rowBytes, rowBytes, heap.address(result), from],
        ...[channels, columns, stride * pixelBytes, pixelBytes],
      );
    }
  });
  return firstChannels(result, x.shape[3] ?? 0);
}
