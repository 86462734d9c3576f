import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.js';
import { DamagedDataError } from './damage.js';
import { EnlargedReader } from './enlarged-reader.js';
import { shardName } from './pack/format.js';
import { readPackRecord } from './pack/open.js';
import { storedBytes } from './pack/stored-size.js';
import type { ImageReader, PackedDataset, SplitName } from './types.js';

interface Shard {
  readonly path: string;
  /** Index of its first image within the split. */
  readonly first: number;
  readonly count: number;
  descriptor: number | undefined;
}

/** Reads by position, so that processes share the operating system's page cache and none holds the images itself. */
class ShardReader implements ImageReader {
  readonly imageBytes: number;

  constructor(
    readonly resolution: number,
    private readonly shards: Readonly<Record<SplitName, readonly Shard[]>>,
  ) {
    this.imageBytes = storedBytes(resolution);
  }

  read(split: SplitName, index: number, target: Uint8Array, offset: number): void {
    const shard = this.find(split, index);
    const position = (index - shard.first) * this.imageBytes;
    let copied: number;
    try {
      shard.descriptor ??= openSync(shard.path, 'r');
      copied = readSync(shard.descriptor, target, offset, this.imageBytes, position);
    } catch (error) {
      const message = `cannot read ${split} image ${index} from ${shard.path}: ${messageOf(error)}`;
      throw new DamagedDataError(message, { cause: error });
    }
    if (copied !== this.imageBytes) {
      throw new DamagedDataError(`${shard.path}: expected ${this.imageBytes} bytes at ${position}, got ${copied}`);
    }
  }

  close(): void {
    for (const shard of Object.values(this.shards).flat()) {
      if (shard.descriptor !== undefined) closeSync(shard.descriptor);
      shard.descriptor = undefined;
    }
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

/**
 * Opens the images of one resolution for reading; files are opened when they are first needed. A resolution above all that were packed, for which there
 * was no room, is served by enlarging the largest.
 *
 * @param resolution side in pixels
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
  for (const { name, split, count } of readPackRecord(pack.directory).chunks) {
    if (count === 0) continue;
    const path = join(pack.directory, shardName(name, resolution));
    shards[split].push({ path, first: counts[split], count, descriptor: undefined });
    counts[split] += count;
  }
  return new ShardReader(resolution, shards);
}

/** Images, one after the other in the order of the indexes; the memory is the caller's. */
export function readImages(reader: ImageReader, split: SplitName, indices: Int32Array): Uint8Array {
  const images = new Uint8Array(indices.length * reader.imageBytes);
  for (const [slot, index] of indices.entries()) reader.read(split, index, images, slot * reader.imageBytes);
  return images;
}
