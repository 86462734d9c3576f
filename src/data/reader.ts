import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.js';
import { DamagedDataError } from './damage.js';
import { EnlargedReader } from './enlarged-reader.js';
import { shardName } from './pack/format.js';
import { readPackRecord } from './pack/open.js';
import { squareAspect, storedBytes, storedSize, widestAspect } from './pack/stored-size.js';
import type { ImageReader, ImageSize, PackedDataset, SplitName } from './types.js';

interface Shard {
  readonly path: string;
  /** Index of its first image within the split. */
  readonly first: number;
  readonly count: number;
  /** Of its images; none where all are squares. */
  readonly aspects: readonly number[];
  /** Where images begin, in bytes, where not all are squares; from the first look on. */
  begins: Float64Array | undefined;
  descriptor: number | undefined;
}

/** Reads by position, so that processes share the operating system's page cache and none holds the images itself. */
class ShardReader implements ImageReader {
  readonly imageBytes: number;
  readonly mostStoredBytes: number;
  /** A stored image whose centre is wanted alone. */
  private readonly whole: Uint8Array;

  constructor(
    readonly resolution: number,
    private readonly shards: Readonly<Record<SplitName, readonly Shard[]>>,
  ) {
    this.imageBytes = storedBytes(squareAspect, resolution);
    const isSquare = Object.values(shards).every((some) => some.every(({ aspects }) => aspects.length === 0));
    this.mostStoredBytes = isSquare ? this.imageBytes : storedBytes(widestAspect, resolution);
    this.whole = new Uint8Array(isSquare ? 0 : this.mostStoredBytes);
  }

  read(split: SplitName, index: number, target: Uint8Array, offset: number): void {
    const shard = this.find(split, index);
    const { width, height } = this.sizeIn(shard, index);
    const side = this.resolution;
    if (width === side) {
      // The rows of the square stand one after the other.
      const above = Math.floor((height - side) / 2) * side * 3;
      this.copy(shard, split, index, above, this.imageBytes, target, offset);
      return;
    }
    this.copy(shard, split, index, 0, width * height * 3, this.whole, 0);
    const left = Math.floor((width - side) / 2);
    for (let y = 0; y < side; y++) {
      const begin = (y * width + left) * 3;
      target.set(this.whole.subarray(begin, begin + side * 3), offset + y * side * 3);
    }
  }

  readStored(split: SplitName, index: number, target: Uint8Array, offset: number): ImageSize {
    const shard = this.find(split, index);
    const size = this.sizeIn(shard, index);
    this.copy(shard, split, index, 0, size.width * size.height * 3, target, offset);
    return size;
  }

  close(): void {
    for (const shard of Object.values(this.shards).flat()) {
      if (shard.descriptor !== undefined) closeSync(shard.descriptor);
      shard.descriptor = undefined;
    }
  }

  private sizeIn(shard: Shard, index: number): ImageSize {
    return storedSize(shard.aspects[index - shard.first] ?? squareAspect, this.resolution);
  }

  /** Copies `bytes` bytes of an image from its byte `skip` on. */
  private copy(
    shard: Shard,
    split: SplitName,
    index: number,
    skip: number,
    bytes: number,
    target: Uint8Array,
    offset: number,
  ): void {
    const position = this.beginOf(shard, index - shard.first) + skip;
    let copied: number;
    try {
      shard.descriptor ??= openSync(shard.path, 'r');
      copied = readSync(shard.descriptor, target, offset, bytes, position);
    } catch (error) {
      const message = `cannot read ${split} image ${index} from ${shard.path}: ${messageOf(error)}`;
      throw new DamagedDataError(message, { cause: error });
    }
    if (copied !== bytes) {
      throw new DamagedDataError(`${shard.path}: expected ${bytes} bytes at ${position}, got ${copied}`);
    }
  }

  private beginOf(shard: Shard, place: number): number {
    if (shard.aspects.length === 0) return place * this.imageBytes;
    shard.begins ??= beginsOf(shard.aspects, this.resolution);
    return shard.begins[place] ?? 0;
  }

  /** The shard that holds an image: the last one that does not begin after it. */
  private find(split: SplitName, index: number): Shard {
    const shards = this.shards[split];
    let [low, high] = [0, shards.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((shards[middle]?.first ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const shard = shards[low];
    if (shard === undefined || !(index >= 0 && index < shard.first + shard.count)) {
      throw new RangeError(`${split} image ${index}: there are ${(shard?.first ?? 0) + (shard?.count ?? 0)}`);
    }
    return shard;
  }
}

function beginsOf(aspects: readonly number[], side: number): Float64Array {
  const begins = new Float64Array(aspects.length);
  let at = 0;
  for (const [place, aspect] of aspects.entries()) {
    begins[place] = at;
    at += storedBytes(aspect, side);
  }
  return begins;
}

/**
 * Opens the images of one resolution for reading; files are opened when they are first needed. A resolution above all that were packed, for which there
 * was no room, is served by enlarging the largest.
 *
 * @param resolution short side in pixels
 * @throws Error for a resolution that was not packed; names those that were
 */
export function openReader(pack: Pick<PackedDataset, 'directory' | 'resolutions'>, resolution: number): ImageReader {
  const largest = Math.max(...pack.resolutions);
  if (resolution > largest) return new EnlargedReader(openReader(pack, largest), resolution);
  if (!pack.resolutions.includes(resolution)) {
    const packed = pack.resolutions.join(', ');
    throw new Error(`${pack.directory}: expected a packed resolution (${packed} px), got ${resolution} px`);
  }
  const shards: Record<SplitName, Shard[]> = { train: [], validation: [], test: [] };
  const counts: Record<SplitName, number> = { train: 0, validation: 0, test: 0 };
  for (const { name, split, count, aspects } of readPackRecord(pack.directory).chunks) {
    if (count === 0) continue;
    const path = join(pack.directory, shardName(name, resolution));
    shards[split].push({ path, first: counts[split], count, aspects, begins: undefined, descriptor: undefined });
    counts[split] += count;
  }
  return new ShardReader(resolution, shards);
}

/** The centre squares of images, one after the other in the order of the indexes; the memory is the caller's. */
export function readImages(reader: ImageReader, split: SplitName, indices: Int32Array): Uint8Array {
  const images = new Uint8Array(indices.length * reader.imageBytes);
  for (const [slot, index] of indices.entries()) reader.read(split, index, images, slot * reader.imageBytes);
  return images;
}
