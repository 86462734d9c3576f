import { type Axis, axis } from './axis.js';
import { aspectOf, squareAspect, storedBytes, storedSize, widestAspect } from './pack/stored-size.js';
import type { ImageReader, ImageSize, SplitName } from './types.js';

/** Interpolates between the centres of an image's pixels. */
export function enlarge(pixels: Uint8Array, from: ImageSize, target: Uint8Array, offset: number, to: ImageSize): void {
  const [columns, rows] = [axis(from.width, 0, from.width, to.width), axis(from.height, 0, from.height, to.height)];
  const line = new Float32Array(from.width * 3);
  for (let y = 0; y < to.height; y++) {
    line.fill(0);
    for (const [tap, weight] of weightsOf(rows, y).entries()) {
      const begin = ((rows.firsts[y] ?? 0) + tap) * from.width * 3;
      for (let place = 0; place < line.length; place++) {
        line[place] = (line[place] ?? 0) + weight * (pixels[begin + place] ?? 0);
      }
    }
    for (let x = 0; x < to.width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0.5;
        for (const [tap, weight] of weightsOf(columns, x).entries()) {
          sum += weight * (line[((columns.firsts[x] ?? 0) + tap) * 3 + channel] ?? 0);
        }
        target[offset + (y * to.width + x) * 3 + channel] = sum;
      }
    }
  }
}

const weightsOf = ({ weights }: Axis, index: number): readonly number[] => weights[index] ?? [];

/** Reads images that were packed smaller than they are wanted, for want of room: they are enlarged as they are read. */
export class EnlargedReader implements ImageReader {
  readonly imageBytes: number;
  readonly mostStoredBytes: number;
  private readonly image: Uint8Array;

  constructor(
    private readonly packed: ImageReader,
    readonly resolution: number,
  ) {
    this.imageBytes = storedBytes(squareAspect, resolution);
    const areSquares = packed.mostStoredBytes === packed.imageBytes;
    this.mostStoredBytes = areSquares ? this.imageBytes : storedBytes(widestAspect, resolution);
    this.image = new Uint8Array(packed.mostStoredBytes);
  }

  read(split: SplitName, index: number, target: Uint8Array, offset: number): void {
    const { packed, image, resolution: side } = this;
    packed.read(split, index, image, 0);
    const from = { width: packed.resolution, height: packed.resolution };
    enlarge(image, from, target, offset, { width: side, height: side });
  }

  sizeOf(split: SplitName, index: number): ImageSize {
    return storedSize(aspectOf(this.packed.sizeOf(split, index)), this.resolution);
  }

  readStored(split: SplitName, index: number, target: Uint8Array, offset: number): ImageSize {
    const from = this.packed.readStored(split, index, this.image, 0);
    const to = storedSize(aspectOf(from), this.resolution);
    enlarge(this.image, from, target, offset, to);
    return to;
  }

  close(): void {
    this.packed.close();
  }
}
