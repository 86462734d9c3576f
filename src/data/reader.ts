import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.js';
import { DamagedDataError } from './damage.js';
import { shardName } from './pack/format.js';
import { readPackRecord } from './pack/open.js';
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
    this.imageBytes = resolution * resolution * 3;
  }

  read(split: SplitName, index: number, target: Uint8Array, offset: number): void {
    const shard = this.find(split, index);
    const position = (index - shard.first) * this.imageBytes;
    let bytes: number;
    try {
      shard.descriptor ??= openSync(shard.path, 'r');
      bytes = readSync(shard.descriptor, target, offset, this.imageBytes, position);
    } catch (error) {
      const message = `cannot read ${split} image ${index} from ${shard.path}: ${messageOf(error)}`;
      throw new DamagedDataError(message, { cause: error });
    }
    if (bytes !== this.imageBytes) {
      throw new DamagedDataError(`${shard.path}: expected ${this.imageBytes} bytes at ${position}, got ${bytes}`);
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
 * Opens the images of one resolution for reading; files are opened when they are first needed.
 *
 * @param resolution side in pixels
 * @throws Error for a resolution that was not packed; names those that were
 */
export function openReader(pack: PackedDataset, resolution: number): ImageReader {
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
