import type { HashStream } from './random.js';
import type { ImageSize } from './types.js';

/** A rectangle of an image in pixels, not necessarily whole ones. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Width by height of a crop, drawn evenly on a logarithmic scale. */
const [narrowest, widest] = [3 / 4, 4 / 3];

/** Draws of a box that does not fit before a centred one is taken. */
const mostDraws = 10;

/**
 * A random box of an image (Szegedy et al. 2015, as torchvision draws it): its area is a part of the image's between `leastArea` and 1, its
 * aspect between 3/4 and 4/3, its place anything within the image. Where ten boxes did not fit: the largest centred one of an allowed aspect.
 *
 * @param leastArea in (0, 1]
 */
export function randomBox({ width, height }: ImageSize, leastArea: number, random: HashStream): Box {
  for (let draw = 0; draw < mostDraws; draw++) {
    const area = width * height * random.between(leastArea, 1);
    const aspect = Math.exp(random.between(Math.log(narrowest), Math.log(widest)));
    const [boxWidth, boxHeight] = [Math.sqrt(area * aspect), Math.sqrt(area / aspect)];
    if (boxWidth <= width && boxHeight <= height) {
      const left = random.between(0, width - boxWidth);
      const top = random.between(0, height - boxHeight);
      return { left, top, width: boxWidth, height: boxHeight };
    }
  }
  const boxWidth = Math.min(width, height * widest);
  const boxHeight = Math.min(height, width / narrowest);
  return { left: (width - boxWidth) / 2, top: (height - boxHeight) / 2, width: boxWidth, height: boxHeight };
}

/** Weights are 256ths. */
const one = 256;

/**
 * Resamples boxes of RGB images to squares, bilinearly between the centres of pixels: first along rows, each row once, then between two of them.
 * Meant for enlarging; a box up to twice as large as the square loses little.
 */
export class Resampler {
  /** Of each column of the square: the byte of the pixel to the left of its centre, and the weight of the one to the right. */
  private readonly columns: Int32Array;
  private readonly weights: Int32Array;
  /** Two rows of the image at the columns of the square, 256 times their values. */
  private upper: Int32Array;
  private lower: Int32Array;

  /** @param side of the squares in pixels */
  constructor(private readonly side: number) {
    this.columns = new Int32Array(side);
    this.weights = new Int32Array(side);
    this.upper = new Int32Array(side * 3);
    this.lower = new Int32Array(side * 3);
  }

  /**
   * @param size of the image, at least 2 · 2 pixels
   * @param box within the image
   * @param target receives side² · 3 bytes from `offset` on
   */
  resample(source: Uint8Array, size: ImageSize, box: Box, mirrored: boolean, target: Uint8Array, offset: number): void {
    const { side, columns, weights } = this;
    for (let x = 0; x < side; x++) {
      const at = Math.min(size.width - 1, Math.max(0, box.left + ((x + 0.5) * box.width) / side - 0.5));
      const pixel = Math.min(size.width - 2, Math.floor(at));
      const column = mirrored ? side - 1 - x : x;
      columns[column] = pixel * 3;
      weights[column] = Math.round((at - pixel) * one);
    }
    let [above, below] = [-1, -1];
    for (let y = 0; y < side; y++) {
      const at = Math.min(size.height - 1, Math.max(0, box.top + ((y + 0.5) * box.height) / side - 0.5));
      const row = Math.min(size.height - 2, Math.floor(at));
      if (row === below) {
        [this.upper, this.lower] = [this.lower, this.upper];
        above = row;
        below = -1;
      }
      if (row !== above) this.readRow(source, row * size.width * 3, this.upper);
      if (row + 1 !== below) this.readRow(source, (row + 1) * size.width * 3, this.lower);
      above = row;
      below = row + 1;
      this.writeRow(Math.round((at - row) * one), target, offset + y * side * 3);
    }
  }

  private readRow(source: Uint8Array, begin: number, row: Int32Array): void {
    const { columns, weights } = this;
    for (let column = 0, to = 0; column < columns.length; column++, to += 3) {
      const from = begin + (columns[column] ?? 0);
      const right = weights[column] ?? 0;
      const left = one - right;
      row[to] = (source[from] ?? 0) * left + (source[from + 3] ?? 0) * right;
      row[to + 1] = (source[from + 1] ?? 0) * left + (source[from + 4] ?? 0) * right;
      row[to + 2] = (source[from + 2] ?? 0) * left + (source[from + 5] ?? 0) * right;
    }
  }

  private writeRow(weight: number, target: Uint8Array, begin: number): void {
    const { upper, lower } = this;
    const rest = one - weight;
    for (let index = 0; index < upper.length; index++) {
      target[begin + index] = ((upper[index] ?? 0) * rest + (lower[index] ?? 0) * weight + 0x8000) >> 16;
    }
  }
}
