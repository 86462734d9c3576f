import { statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Dataset, SourceImage, SplitName } from '../types.js';
import { readChunkFile, writeChunkFile } from './chunk-file.js';
import type { DecodedImage } from './decode.js';
import type { Decoder } from './decode-pool.js';
import { fileChecksum, writeAtomically } from './disk.js';
import type { EarlierImages } from './earlier.js';
import { isReadable, type SourceState } from './fingerprint.js';
import { type ChunkContent, type ChunkRecord, shardName } from './format.js';
import { describeOdd } from './odd-images.js';
import { storedBytes } from './stored-size.js';
import type { WrittenFiles } from './written.js';

/** A run of source images that is packed as one. */
export interface ChunkPlan {
  readonly name: string;
  readonly split: SplitName;
  readonly images: readonly SourceImage[];
  /** By image, what stands for its state. */
  readonly sources: readonly string[];
}

/** Most images in a chunk unless said otherwise. */
const defaultChunkImages = 4096;
const maxChunkBytes = 64 * 1024 * 1024;
/** A test image that cannot be read or decoded is predicted all the same, as this grey. */
const midGrey = 128;

const unreadable: DecodedImage = { pixels: null, oddities: ['unreadable'] };

/** Cuts a data set into chunks of at most `chunkImages` images and 64 MiB at the largest resolution: an interruption costs two of them at most. */
export function planChunks(
  dataset: Dataset,
  sources: SourceState['sources'],
  resolutions: readonly number[],
  chunkImages = defaultChunkImages,
): ChunkPlan[] {
  const largest = Math.max(...resolutions);
  const size = Math.max(1, Math.min(chunkImages, Math.floor(maxChunkBytes / storedBytes(largest))));
  return (['train', 'validation', 'test'] as const).flatMap((split) => {
    const images = dataset[split];
    return Array.from({ length: Math.ceil(images.length / size) }, (_, number) => ({
      name: `${split}-${String(number).padStart(5, '0')}`,
      split,
      images: images.slice(number * size, (number + 1) * size),
      sources: sources[split].slice(number * size, (number + 1) * size),
    }));
  });
}

/** What stands in the folder of a chunk that was packed earlier from the same images; its files are not looked at. */
async function describedChunk(directory: string, plan: ChunkPlan): Promise<ChunkRecord | undefined> {
  const content = await readChunkFile(join(directory, `${plan.name}.json`));
  if (content === undefined || content.sources.join() !== plan.sources.join()) return undefined;
  const { record } = content;
  const { name, split, count, dropped } = record;
  if (name !== plan.name || split !== plan.split || count + dropped.length !== plan.images.length) return undefined;
  if (new Set(dropped).size !== dropped.length || dropped.some((index) => index >= plan.images.length))
    return undefined;
  return record;
}

/** Whether a chunk was packed earlier, as far as can be told without reading its images. */
export async function looksFinished(
  directory: string,
  plan: ChunkPlan,
  resolutions: readonly number[],
): Promise<boolean> {
  const record = await describedChunk(directory, plan);
  if (record === undefined) return false;
  return resolutions.every((side) => {
    const size = statSync(join(directory, shardName(plan.name, side)), { throwIfNoEntry: false })?.size;
    return size === record.count * storedBytes(side);
  });
}

/** A chunk that was packed earlier and whose files are as they were written; undefined where it has to be packed. */
export async function finishedChunk(
  directory: string,
  plan: ChunkPlan,
  resolutions: readonly number[],
): Promise<ChunkRecord | undefined> {
  const record = await describedChunk(directory, plan);
  if (record === undefined) return undefined;
  for (const resolution of resolutions) {
    const path = join(directory, shardName(plan.name, resolution));
    // What cannot even be read is damaged, too.
    const checksum = await fileChecksum(path, record.count * storedBytes(resolution)).catch(() => undefined);
    if (checksum === undefined || checksum !== record.checksums[String(resolution)]) return undefined;
  }
  return record;
}

/** Runs `work` on each item, a few at a time; after an error the others end with the item they have. */
async function forEach<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** How the images of a chunk come to be. */
export interface ChunkTools {
  readonly decoder: Decoder;
  /** Asked before an image is decoded. */
  readonly earlier: EarlierImages;
  /** Called after each image. */
  onImage(isDecoded: boolean): void;
}

/** By image of a chunk. */
type DecodedChunk = readonly (DecodedImage | undefined)[];

/** Decodes a chunk's images or takes them from an earlier pack. */
export async function decodeChunk(
  { images, sources }: ChunkPlan,
  { decoder, earlier, onImage }: ChunkTools,
  signal?: AbortSignal,
): Promise<DecodedChunk> {
  const decoded = new Array<DecodedImage | undefined>(images.length);
  for (const index of earlier.inOrderOfChunks(sources)) {
    signal?.throwIfAborted();
    const source = sources[index] ?? '';
    const isLost = !isReadable(source);
    const image = isLost ? unreadable : await earlier.take(source);
    decoded[index] = image;
    if (image !== undefined) onImage(isLost);
  }
  const missing = Array.from(images.keys()).filter((index) => decoded[index] === undefined);
  const groups = Array.from({ length: Math.ceil(missing.length / decoder.groupImages) }, (_, group) =>
    missing.slice(group * decoder.groupImages, (group + 1) * decoder.groupImages),
  );
  await forEach(groups, decoder.groups, async (group) => {
    signal?.throwIfAborted();
    const made = await decoder.decode(group.map((index) => images[index]?.path ?? ''));
    for (const [place, index] of group.entries()) {
      decoded[index] = made[place];
      onImage(true);
    }
  });
  return decoded;
}

/**
 * Writes a file of a chunk's images for each resolution and then the record of it. Training and validation images that could not be
 * read or decoded are left out; such a test image becomes mid-grey.
 *
 * @param written hears of the files that are made
 */
export async function writeChunk(
  directory: string,
  { name, split, images, sources }: ChunkPlan,
  resolutions: readonly number[],
  decoded: DecodedChunk,
  written: WrittenFiles,
): Promise<ChunkRecord> {
  const isKept = (index: number) => split === 'test' || decoded[index]?.pixels != null;
  const kept = Array.from(images.keys()).filter(isKept);
  const dropped = Array.from(images.keys()).filter((index) => !isKept(index));
  const checksums: Record<string, number> = {};
  for (const [place, side] of resolutions.entries()) {
    const grey = new Uint8Array(storedBytes(side)).fill(midGrey);
    const shard = Buffer.concat(kept.map((index) => decoded[index]?.pixels?.[place] ?? grey));
    await writeAtomically(join(directory, shardName(name, side)), shard, written);
    checksums[side] = crc32(shard);
  }
  const odd: ChunkContent['odd'] = {};
  for (const [index, image] of decoded.entries()) {
    for (const kind of image?.oddities ?? []) {
      const known = odd[kind];
      if (known === undefined) odd[kind] = [index];
      else known.push(index);
    }
  }
  const record: ChunkRecord = {
    name,
    split,
    count: kept.length,
    dropped,
    checksums,
    ...describeOdd(
      odd,
      images.map(({ path }) => path),
    ),
  };
  await writeChunkFile(join(directory, `${name}.json`), { record, sources: [...sources], odd }, written);
  return record;
}
