import type { Tensor } from '@tensorflow/tfjs-core';
import { extent } from '../../program/geometry.js';
import type { Padding } from '../../program/operation.js';
import type { WasmHeap } from './heap.js';
import { type Shape4, shape4 } from './shapes.js';

export interface PoolWindow {
  readonly size: number;
  readonly stride: number;
  readonly padding: Padding;
}

/** A window's pixels, as ranges of rows and columns without the border. */
type Visit = (
  y: number,
  x0: number,
  firstRow: number,
  lastRow: number,
  firstColumn: number,
  lastColumn: number,
) => void;

/** Visits the window of each result pixel: `y` is the first index of the result's channels, `x0` the image's in the source. */
function eachWindow(shape: Shape4, { size, stride, padding }: PoolWindow, visit: Visit): void {
  const [batch, height, width, channels] = shape;
  const [down, across] = [extent(height, size, stride, padding), extent(width, size, stride, padding)];
  let y = 0;
  for (let image = 0; image < batch; image += 1) {
    for (let row = 0; row < down.outputs; row += 1) {
      const top = row * stride - down.before;
      for (let column = 0; column < across.outputs; column += 1) {
        const left = column * stride - across.before;
        const [lastRow, lastColumn] = [Math.min(height, top + size), Math.min(width, left + size)];
        visit(y, image * height * width * channels, Math.max(0, top), lastRow, Math.max(0, left), lastColumn);
        y += channels;
      }
    }
  }
}

/** (dy, x, y) → dx; the first maximum of a window takes it all. The backend's own kernel loses windows without a positive value. */
export function maxPoolGradient(heap: WasmHeap, dy: Tensor, x: Tensor, y: Tensor, window: PoolWindow): Tensor {
  const dx = heap.allocate(x.shape);
  const [gradient, source, maxima, result] = [heap.values(dy), heap.values(x), heap.values(y), heap.values(dx)];
  const shape = shape4(x);
  const [, , width, channels] = shape;
  result.fill(0);
  if (channels % 4 === 0) {
    const firstMaximum = heap.kernel('firstMaximum');
    const [xAt, yAt, dyAt, dxAt] = [heap.address(x), heap.address(y), heap.address(dy), heap.address(dx)];
    eachWindow(shape, window, (at, base, firstRow, lastRow, firstColumn, lastColumn) => {
      const pixel = (base + (firstRow * width + firstColumn) * channels) * 4;
      firstMaximum(
        ...[xAt + pixel, yAt + at * 4, dyAt + at * 4, dxAt + pixel],
        ...[channels, lastRow - firstRow, lastColumn - firstColumn, width * channels * 4, channels * 4],
      );
    });
    return dx;
  }
  // What a window still has to give, by channel: nothing once its first maximum is found.
  const pending = new Float32Array(channels);
  eachWindow(shape, window, (at, base, firstRow, lastRow, firstColumn, lastColumn) => {
    for (let channel = 0; channel < channels; channel += 1) pending[channel] = gradient[at + channel] as number;
    for (let row = firstRow; row < lastRow; row += 1) {
      for (let column = firstColumn; column < lastColumn; column += 1) {
        const index = base + (row * width + column) * channels;
        for (let channel = 0; channel < channels; channel += 1) {
          if (source[index + channel] !== maxima[at + channel]) continue;
          result[index + channel] = (result[index + channel] as number) + (pending[channel] as number);
          pending[channel] = 0;
        }
      }
    }
  });
  return dx;
}

/** Windows that touch without overlap or border: each pixel has one window, and the rows of a window are alike. */
function spread(gradient: Float32Array, result: Float32Array, [batch, height, width, channels]: Shape4, size: number) {
  const part = 1 / (size * size);
  const line = width * channels;
  let from = 0;
  for (let top = 0; top < batch * height; top += size) {
    for (let left = 0; left < line; left += size * channels) {
      for (let channel = 0; channel < channels; channel += 1) {
        const value = (gradient[from] as number) * part;
        from += 1;
        const end = top * line + left + size * channels;
        for (let to = top * line + left + channel; to < end; to += channels) result[to] = value;
      }
    }
    for (let row = 1; row < size; row += 1) result.copyWithin((top + row) * line, top * line, (top + 1) * line);
  }
}

/** (dy, x: only its shape) → dx; pixels of the border do not count. */
export function averagePoolGradient(heap: WasmHeap, dy: Tensor, shape: Shape4, window: PoolWindow): Tensor {
  const dx = heap.allocate(shape);
  const [gradient, result] = [heap.values(dy), heap.values(dx)];
  const [, height, width, channels] = shape;
  const { size, stride } = window;
  if (size === stride && height % size === 0 && width % size === 0) {
    spread(gradient, result, shape, size);
    return dx;
  }
  result.fill(0);
  eachWindow(shape, window, (at, base, firstRow, lastRow, firstColumn, lastColumn) => {
    const part = 1 / ((lastRow - firstRow) * (lastColumn - firstColumn));
    for (let row = firstRow; row < lastRow; row += 1) {
      for (let column = firstColumn; column < lastColumn; column += 1) {
        const index = base + (row * width + column) * channels;
        for (let channel = 0; channel < channels; channel += 1) {
          result[index + channel] = (result[index + channel] as number) + (gradient[at + channel] as number) * part;
        }
      }
    }
  });
  return dx;
}
