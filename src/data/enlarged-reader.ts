import { storedBytes } from './pack/stored-size.js';
import type { ImageReader, SplitName } from './types.js';

/** Between which old pixels of an axis each new one lies. */
interface Between {
  readonly firsts: Int32Array;
  readonly seconds: Int32Array;
  /** Weights of the second ones, in [0, 1]. */
  readonly shares: Float32Array;
}

function between(from: number, to: number): Between {
  const found = { firsts: new Int32Array(to), seconds: new Int32Array(to), shares: new Float32Array(to) };
  for (let index = 0; index < to; index++) {
    // Beyond the outermost centres there is nothing between which to interpolate.
    const centre = Math.min(from - 1, Math.max(0, ((index + 0.5) * from) / to - 0.5));
    const first = Math.floor(centre);
    found.firsts[index] = first;
    found.seconds[index] = Math.min(from - 1, first + 1);
    found.shares[index] = centre - first;
  }
  return found;
}

/** Interpolates between the centres of a square image's pixels. @param to new side, at least `from` */
export function enlarge(pixels: Uint8Array, from: number, target: Uint8Array, offset: number, to: number): void {
  const places = between(from, to);
  const stride = from * 3;
  const line = new Float32Array(stride);
  for (let y = 0; y < to; y++) {
    const [above, below] = [(places.firsts[y] ?? 0) * stride, (places.seconds[y] ?? 0) * stride];
    const share = places.shares[y] ?? 0;
    for (let place = 0; place < stride; place++) {
      line[place] = (1 - share) * (pixels[above + place] ?? 0) + share * (pixels[below + place] ?? 0);
    }
    for (let x = 0; x < to; x++) {
      const [left, right] = [(places.firsts[x] ?? 0) * 3, (places.seconds[x] ?? 0) * 3];
      const part = places.shares[x] ?? 0;
      for (let channel = 0; channel < 3; channel++) {
        const value = (1 - part) * (line[left + channel] ?? 0) + part * (line[right + channel] ?? 0);
        target[offset + (y * to + x) * 3 + channel] = value + 0.5;
      }
    }
  }
}

/** Reads images that were packed smaller than they are wanted, for want of room: they are enlarged as they are read. */
export class EnlargedReader implements ImageReader {
  readonly imageBytes: number;
  private readonly image: Uint8Array;

  constructor(
    private readonly packed: ImageReader,
    readonly resolution: number,
  ) {
    this.imageBytes = storedBytes(resolution);
    this.image = new Uint8Array(packed.imageBytes);
  }

  read(split: SplitName, index: number, target: Uint8Array, offset: number): void {
    this.packed.read(split, index, this.image, 0);
    enlarge(this.image, this.packed.resolution, target, offset, this.resolution);
  }

  close(): void {
    this.packed.close();
  }
}
