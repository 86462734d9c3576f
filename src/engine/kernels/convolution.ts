import { pad, slice, type Tensor } from '@tensorflow/tfjs-core';
import { extent } from '../../program/geometry.js';
import type { Padding } from '../../program/operation.js';
import type { WasmHeap } from './heap.js';
import { tileColumns } from './matrix-kernels.js';
import { type Shape4, shape4 } from './shapes.js';
import { type Sweep, sweep } from './sweep.js';

/** Floats of images and gradients that one pass over the taps works on; they stay in the second-level cache. */
const cachedFloats = 16384;

/** Zeros after the last channel, so that there are `channels` along `axis`. */
export function padChannels(x: Tensor, axis: number, channels: number): Tensor {
  const missing = channels - (x.shape[axis] ?? 0);
  return missing === 0
    ? x
    : pad(
        x,
        x.shape.map((_, index) => [0, index === axis ? missing : 0]),
      );
}

/** The first of the channels in the last dimension. */
export function firstChannels(x: Tensor, channels: number): Tensor {
  const rest = x.shape.slice(0, -1);
  return x.shape.at(-1) === channels ? x : slice(x, new Array<number>(x.rank).fill(0), [...rest, channels]);
}

/** (x, filter) → y. */
export function conv2d(heap: WasmHeap, x: Tensor, filter: Tensor, stride: number, padding: Padding): Tensor {
  const [batch, height, width] = shape4(x);
  const [filterHeight, filterWidth, inputs, outputs] = shape4(filter);
  const columns = Math.max(outputs, tileColumns);
  const weights = padChannels(filter, 3, columns);
  const rows = extent(height, filterHeight, stride, padding);
  const across = extent(width, filterWidth, stride, padding);
  const y = heap.allocate([batch, rows.outputs, across.outputs, columns]);
  const taps = { rows: filterHeight, columns: filterWidth };
  const whole: Sweep = {
    taps,
    from: { row: 0, column: 0, stride },
    to: { row: 0, column: 0, stride: 1, rows: rows.outputs, columns: across.outputs },
    weight: (row, column, input, output) => ((row * filterWidth + column) * inputs + input) * columns + output,
  };
  const border = { top: rows.before, left: across.before, bottom: rows.after, right: across.after };
  sweep(heap, x, weights, y, border, [whole]);
  return firstChannels(y, outputs);
}

/** The rows (or columns) of dx at one phase of the stride and the taps that reach them. */
function phase(side: number, before: number, size: number, stride: number, residue: number) {
  const first = (((residue - before) % stride) + stride) % stride;
  const count = first < side ? Math.floor((side - 1 - first) / stride) + 1 : 0;
  const taps = residue < size ? Math.floor((size - 1 - residue) / stride) + 1 : 0;
  return { residue, first, count, taps, start: Math.floor((first + before) / stride) - (taps - 1) };
}

/**
 * (dy, filter, x: only its shape) → dx. Pixels of x with the same position modulo the stride see the same taps, so that each of these stride²
 * phases is a convolution of dy with stride 1 and a part of the filter, turned round.
 */
export function conv2dInputGradient(
  heap: WasmHeap,
  dy: Tensor,
  filter: Tensor,
  shape: Shape4,
  stride: number,
  padding: Padding,
): Tensor {
  const [batch, height, width, inputs] = shape;
  const [, rows, columns, outputs] = shape4(dy);
  const [filterHeight, filterWidth] = shape4(filter);
  const wide = Math.max(inputs, tileColumns);
  const weights = padChannels(filter, 2, wide);
  const top = extent(height, filterHeight, stride, padding).before;
  const left = extent(width, filterWidth, stride, padding).before;
  const dx = heap.allocate([batch, height, width, wide]);
  const residues = Array.from({ length: stride }, (_, index) => index);
  const down = residues.map((residue) => phase(height, top, filterHeight, stride, residue)).filter((p) => p.count > 0);
  const across = residues.map((residue) => phase(width, left, filterWidth, stride, residue)).filter((p) => p.count > 0);
  const reached = (phases: typeof down) => phases.filter((p) => p.taps > 0);
  const excess = (phases: typeof down, side: number) => ({
    before: Math.max(0, ...reached(phases).map((p) => -p.start)),
    after: Math.max(0, ...reached(phases).map((p) => p.start + p.count + p.taps - 1 - side)),
  });
  const [vertical, horizontal] = [excess(down, rows), excess(across, columns)];
  const sweeps = reached(down).flatMap((v) =>
    reached(across).map(
      (h): Sweep => ({
        taps: { rows: v.taps, columns: h.taps },
        from: { row: v.start + vertical.before, column: h.start + horizontal.before, stride: 1 },
        to: { row: v.first, column: h.first, stride, rows: v.count, columns: h.count },
        weight: (row, column, output, input) => {
          const y = v.residue + stride * (v.taps - 1 - row);
          const x = h.residue + stride * (h.taps - 1 - column);
          return ((y * filterWidth + x) * wide + input) * outputs + output;
        },
      }),
    ),
  );
  if (sweeps.length < down.length * across.length) heap.values(dx).fill(0);
  const border = { top: vertical.before, left: horizontal.before, bottom: vertical.after, right: horizontal.after };
  sweep(heap, dy, weights, dx, border, sweeps);
  return firstChannels(dx, inputs);
}

/** (dy, x) → dfilter: for each tap the products of the pixels that it multiplied with their gradients, a few rows of an image at a time. */
export function conv2dFilterGradient(
  heap: WasmHeap,
  dy: Tensor,
  x: Tensor,
  filterShape: Shape4,
  stride: number,
  padding: Padding,
): Tensor {
  const [filterHeight, filterWidth, inputs, outputs] = filterShape;
  const [batch, height, width] = shape4(x);
  const wide = Math.ceil(outputs / tileColumns) * tileColumns;
  const gradient = padChannels(dy, 3, wide);
  const [, rows, columns] = shape4(gradient);
  const top = extent(height, filterHeight, stride, padding).before;
  const left = extent(width, filterWidth, stride, padding).before;
  const result = heap.allocate([filterHeight, filterWidth, inputs, wide]);
  heap.values(result).fill(0);
  const [from, by, to] = [heap.address(x), heap.address(gradient), heap.address(result)];
  const [pixelBytes, gradientBytes] = [inputs * 4, wide * 4];
  const correlate = heap.kernel('correlate');
  const rowFloats = columns * wide + stride * width * inputs;
  const block = Math.max(1, Math.min(rows, Math.floor(cachedFloats / rowFloats)));
  const group = block < rows ? 1 : Math.max(1, Math.floor(cachedFloats / (rows * rowFloats)));
  for (let image = 0; image < batch; image += group) {
    const images = Math.min(group, batch - image);
    for (let begin = 0; begin < rows; begin += block) {
      for (let tap = 0; tap < filterHeight * filterWidth; tap += 1) {
        const [up, aside] = [top - Math.floor(tap / filterWidth), left - (tap % filterWidth)];
        const first = Math.max(begin, Math.ceil(up / stride));
        const last = Math.min(begin + block, rows, Math.floor((height - 1 + up) / stride) + 1);
        const start = Math.max(0, Math.ceil(aside / stride));
        const end = Math.min(columns, Math.floor((width - 1 + aside) / stride) + 1);
        if (first >= last || start >= end) continue;
        const a = from + ((image * height + first * stride - up) * width + start * stride - aside) * pixelBytes;
        const b = by + ((image * rows + first) * columns + start) * gradientBytes;
        const c = to + tap * inputs * gradientBytes;
        for (let panel = 0; panel < gradientBytes; panel += tileColumns * 4) {
          correlate(
            ...[c + panel, gradientBytes, a, b + panel, inputs],
            ...[images, height * width * pixelBytes, rows * columns * gradientBytes],
            ...[last - first, stride * width * pixelBytes, columns * gradientBytes],
            ...[end - start, stride * pixelBytes, gradientBytes],
          );
        }
      }
    }
  }
  return firstChannels(result, outputs);
}
