import type { Tensor } from '@tensorflow/tfjs-core';
import type { WasmHeap } from './heap.js';
import { tileColumns } from './matrix-kernels.js';
import { shape4 } from './shapes.js';

/** Zero pixels around an image. */
export interface Border {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** One convolution from a bordered image to a grid of pixels of the result. */
export interface Sweep {
  readonly taps: { readonly rows: number; readonly columns: number };
  /** Where the window of the first result stands in the bordered image, and how far apart windows are. */
  readonly from: { readonly row: number; readonly column: number; readonly stride: number };
  readonly to: {
    readonly row: number;
    readonly column: number;
    readonly stride: number;
    readonly rows: number;
    readonly columns: number;
  };
  /** Index into the weights for a tap, a channel of the source and a channel of the result. */
  readonly weight: (row: number, column: number, source: number, result: number) => number;
}

/** Copies the weights into panels of eight columns; the last panel overlaps the one before when eight does not divide their number. */
function panels(heap: WasmHeap, weights: Tensor, { taps, weight }: Sweep, sources: number, results: number): Tensor {
  const count = Math.ceil(results / tileColumns);
  const packed = heap.allocate([count, taps.rows, taps.columns, sources, tileColumns]);
  const floats = heap.floats();
  const from = heap.address(weights) / 4;
  const columnStep = weight(0, 0, 0, 1) - weight(0, 0, 0, 0);
  const sourceStep = weight(0, 0, 1, 0) - weight(0, 0, 0, 0);
  let target = heap.address(packed) / 4;
  for (let panel = 0; panel < count; panel += 1) {
    const first = Math.min(panel * tileColumns, results - tileColumns);
    for (let row = 0; row < taps.rows; row += 1) {
      for (let column = 0; column < taps.columns; column += 1) {
        let line = from + weight(row, column, 0, first);
        for (let source = 0; source < sources; source += 1) {
          for (let k = 0; k < tileColumns; k += 1) floats[target + k] = floats[line + k * columnStep] as number;
          target += tileColumns;
          line += sourceStep;
        }
      }
    }
  }
  return packed;
}

/** For each result pixel of `images` images, the byte offsets of its window and of itself. */
function offsets(
  heap: WasmHeap,
  { from, to }: Sweep,
  images: number,
  source: readonly [rows: number, columns: number, bytes: number],
  result: readonly [rows: number, columns: number, bytes: number],
): Tensor {
  const table = heap.allocate([images, to.rows, to.columns, 2]);
  const words = new Int32Array(heap.floats().buffer, heap.address(table), table.size);
  let index = 0;
  for (let image = 0; image < images; image += 1) {
    for (let row = 0; row < to.rows; row += 1) {
      const sourceRow = image * source[0] + from.row + row * from.stride;
      const resultRow = image * result[0] + to.row + row * to.stride;
      for (let column = 0; column < to.columns; column += 1) {
        words[index] = (sourceRow * source[1] + from.column + column * from.stride) * source[2];
        words[index + 1] = (resultRow * result[1] + to.column + column * to.stride) * result[2];
        index += 2;
      }
    }
  }
  return table;
}

/** Images a group: their pixels fill whole tiles, and enough of them to be worth a call. */
function groupOf(sweeps: readonly Sweep[]): number {
  const pixels = sweeps.map(({ to }) => to.rows * to.columns);
  let images = 1;
  while (images < 8 && pixels.some((each) => (each * images) % 4 !== 0 || each * images < 64)) images *= 2;
  return images;
}

/**
 * Convolves `x`, surrounded by zeros, into `y` (at least eight channels), a few images at a time: so many that their pixels fill whole tiles. Only
 * they are copied to get their border, and they are still in the cache when they are used.
 */
export function sweep(
  heap: WasmHeap,
  x: Tensor,
  weights: Tensor,
  y: Tensor,
  border: Border,
  sweeps: readonly Sweep[],
): void {
  const [batch, height, width, channels] = shape4(x);
  const [, rows, columns, results] = shape4(y);
  const [paddedHeight, paddedWidth] = [border.top + height + border.bottom, border.left + width + border.right];
  const group = Math.min(batch, groupOf(sweeps));
  const imageBytes = paddedHeight * paddedWidth * channels * 4;
  const bordered = paddedHeight > height || paddedWidth > width;
  const scratch = bordered ? heap.allocate([group, paddedHeight, paddedWidth, channels]) : x;
  if (bordered) heap.values(scratch).fill(0);
  const prepared = sweeps.map((each) => ({
    each,
    packed: panels(heap, weights, each, channels, results),
    table: offsets(heap, each, group, [paddedHeight, paddedWidth, channels * 4], [rows, columns, results * 4]),
  }));
  const floats = heap.floats();
  const convolve = heap.kernel('convolve');
  const source = heap.address(x);
  const whole = Math.floor(results / tileColumns);
  for (let image = 0; image < batch; image += group) {
    const images = Math.min(group, batch - image);
    if (bordered) {
      const [line, first] = [width * channels, source / 4 + image * height * width * channels];
      for (let row = 0; row < images * height; row += 1) {
        const above = Math.floor(row / height) * paddedHeight + border.top + (row % height);
        const target = heap.address(scratch) / 4 + (above * paddedWidth + border.left) * channels;
        floats.copyWithin(target, first + row * line, first + (row + 1) * line);
      }
    }
    const a = bordered ? heap.address(scratch) : source + image * imageBytes;
    const c = heap.address(y) + image * rows * columns * results * 4;
    for (const { each, packed, table } of prepared) {
      const run = each.taps.columns * channels;
      const pixels = images * each.to.rows * each.to.columns;
      const [b, at] = [heap.address(packed), heap.address(table)];
      const windowRow = paddedWidth * channels * 4;
      convolve(at, pixels, a, c, b, whole, each.taps.rows, windowRow, run);
      if (whole * tileColumns < results) {
        const last = b + whole * each.taps.rows * run * tileColumns * 4;
        convolve(at, pixels, a, c + (results - tileColumns) * 4, last, 1, each.taps.rows, windowRow, run);
      }
    }
  }
}
