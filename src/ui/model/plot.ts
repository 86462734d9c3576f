import type { Glyphs } from './glyphs.js';
import { number4 } from './numbers.js';
import { column, type Line, line, segment, type Tone } from './segments.js';

/** A point of a curve; `x` in [0, 1]. */
export interface PlotPoint {
  readonly x: number;
  readonly y: number | null;
}

interface FinitePoint {
  readonly x: number;
  readonly y: number;
}

/** Means of the finite points over `bins` equal parts of [0, 1]; null where a part has none. */
function binned(points: readonly FinitePoint[], bins: number): (number | null)[] {
  const sums = new Array<number>(bins).fill(0);
  const counts = new Array<number>(bins).fill(0);
  for (const { x, y } of points) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(x * bins)));
    sums[bin] = (sums[bin] ?? 0) + y;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return sums.map((sum, bin) => ((counts[bin] ?? 0) > 0 ? sum / (counts[bin] ?? 1) : null));
}

function isFinitePoint(point: PlotPoint): point is FinitePoint {
  return point.y !== null && Number.isFinite(point.y) && Number.isFinite(point.x);
}

function position(value: number, low: number, high: number): number {
  return high > low ? (value - low) / (high - low) : 0.5;
}

/** One line of block characters, each the mean of its part of the values; empty for fewer than one finite value. */
export function sparkline(values: readonly (number | null)[], width: number, glyphs: Glyphs): string {
  const points = values.map((y, index) => ({ x: (index + 0.5) / values.length, y })).filter(isFinitePoint);
  if (points.length === 0 || width < 1) return '';
  const bins = binned(points, Math.min(width, values.length));
  const shown = bins.filter((value) => value !== null);
  const low = Math.min(...shown);
  const high = Math.max(...shown);
  const top = glyphs.levels.length - 1;
  return bins
    .map((value) => (value === null ? ' ' : (glyphs.levels[Math.round(position(value, low, high) * top)] ?? ' ')))
    .join('');
}

/** Bits of a braille character's dots by row (top first) and column. */
const brailleDots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** The marked dots of a curve, neighbours joined by straight lines; `true` at `row * width + column`, row 0 at the top. */
function raster(bins: readonly (number | null)[], height: number, low: number, high: number): boolean[] {
  const dots = new Array<boolean>(bins.length * height).fill(false);
  const rowOf = (value: number) => Math.round((1 - position(value, low, high)) * (height - 1));
  let last: { x: number; row: number } | null = null;
  for (const [x, value] of bins.entries()) {
    if (value === null) continue;
    const row = rowOf(value);
    const from: { x: number; row: number } = last ?? { x, row };
    const steps = Math.max(x - from.x, Math.abs(row - from.row), 1);
    for (let step = 0; step <= steps; step++) {
      const part = step / steps;
      const dotX = Math.round(from.x + (x - from.x) * part);
      dots[Math.round(from.row + (row - from.row) * part) * bins.length + dotX] = true;
    }
    last = { x, row };
  }
  return dots;
}

function character(dots: readonly boolean[], stride: number, row: number, cell: number, glyphs: Glyphs): string {
  if (!glyphs.braille) return dots[row * stride + cell] ? '*' : ' ';
  let bits = 0;
  for (const [down, pair] of brailleDots.entries()) {
    for (const [across, bit] of pair.entries()) {
      if (dots[(row * 4 + down) * stride + cell * 2 + across]) bits |= bit;
    }
  }
  return bits === 0 ? ' ' : String.fromCodePoint(0x2800 + bits);
}

/**
 * A curve over [0, 1] with its highest and lowest value at the left and the passed part below: `height` lines of `width` columns.
 * @returns one line that says so when there is no finite point or the room is too small to draw in.
 */
export function plot(points: readonly PlotPoint[], width: number, height: number, tone: Tone, glyphs: Glyphs): Line[] {
  const finite = points.filter(isFinitePoint);
  const margin = 10;
  const across = width - margin - 2;
  const down = height - 1;
  if (finite.length === 0 || across < 8 || down < 2) return [line(segment(' no curve yet', 'muted'))];
  const scale = glyphs.braille ? { x: 2, y: 4 } : { x: 1, y: 1 };
  const bins = binned(finite, across * scale.x);
  const shown = bins.filter((value) => value !== null);
  const low = Math.min(...shown);
  const high = Math.max(...shown);
  const dots = raster(bins, down * scale.y, low, high);
  const rows = Array.from({ length: down }, (_, row) => {
    const label = row === 0 ? number4(high, '') : row === down - 1 ? number4(low, '') : '';
    const cells = Array.from({ length: across }, (_, cell) => character(dots, bins.length, row, cell, glyphs));
    return line(
      segment(`${column(label, margin, 'right', glyphs)} ${glyphs.vertical}`, 'muted'),
      segment(cells.join('').trimEnd(), tone),
    );
  });
  const end = '100 %';
  const axis = `${' '.repeat(margin + 1)}${glyphs.corner}${glyphs.horizontal.repeat(across - end.length - 1)} ${end}`;
  return [...rows, line(segment(axis, 'muted'))];
}
