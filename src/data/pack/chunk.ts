import { readFile as readText } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Dataset, SourceImage, SplitName } from '../types.js';
import type { DecodedImage } from './decode.js';
import type { Decoder } from './decode-pool.js';
import { fileChecksum, writeAtomically } from './disk.js';
import { type ChunkFile, type ChunkRecord, chunkFile, type OddImage, shardName } from './format.js';
import { squareAspect, storedBytes, storedBytesOf, widestAspect } from './stored-size.js';

/** A run of source images that is packed as one. */
export interface ChunkPlan {
  readonly name: string;
  readonly split: SplitName;
  readonly images: readonly SourceImage[];
}

/** Most images in a chunk unless said otherwise. */
export const defaultChunkImages = 4096;
const maxChunkBytes = 64 * 1024 * 1024;
/** Images of a kind that are named one by one; the others are only counted. */
const namedImages = 20;
/** A test image that cannot be decoded is predicted all the same, as this grey. */
const midGrey = 128;

/** Cuts a data set into chunks of at most `chunkImages` images and 64 MiB at the largest resolution: what an interruption can cost. */
export function planChunks(
  dataset: Dataset,
  resolutions: readonly number[],
  chunkImages = defaultChunkImages,
): ChunkPlan[] {
  const largest = Math.max(...resolutions);
  const size = Math.max(1, Math.min(chunkImages, Math.floor(maxChunkBytes / storedBytes(widestAspect, largest))));
  return (['train', 'validation', 'test'] as const).flatMap((split) => {
    const images = dataset[split];
    return Array.from({ length: Math.ceil(images.length / size) }, (_, number) => ({
      name: `${split}-${String(number).padStart(5, '0')}`,
      split,
      images: images.slice(number * size, (number + 1) * size),
    }));
  });
}

/** A chunk that was packed earlier and whose files are as they were written; undefined where it has to be packed. */
export async function finishedChunk(
  directory: string,
  plan: ChunkPlan,
  resolutions: readonly number[],
): Promise<ChunkRecord | undefined> {
  const text = await readText(join(directory, `${plan.name}.json`), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  let record: ChunkRecord;
  try {
    const file = chunkFile.parse(JSON.parse(text));
    if (file.checksum !== crc32(JSON.stringify(file.record))) return undefined;
    record = file.record;
  } catch {
    // Damaged: the chunk is packed anew, which replaces it.
    return undefined;
  }
  const { name, split, count, dropped } = record;
  if (name !== plan.name || split !== plan.split || count + dropped.length !== plan.images.length) return undefined;
  if (new Set(dropped).size !== dropped.length || dropped.some((index) => index >= plan.images.length))
    return undefined;
  for (const resolution of resolutions) {
    const path = join(directory, shardName(plan.name, resolution));
    // What cannot even be read is damaged, too.
    const checksum = await fileChecksum(path, storedBytesOf(record.aspects, record.count, resolution)).catch(
      () => undefined,
    );
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

/**
 * Decodes a chunk's images, writes a file for each resolution and then the record of it. Training and validation images that cannot be
 * decoded are left out; a test image that cannot be decoded becomes mid-grey.
 *
 * @param onImage called after each image
 */
export async function packChunk(
  directory: string,
  plan: ChunkPlan,
  resolutions: readonly number[],
  decoder: Decoder,
  onImage: () => void,
  signal?: AbortSignal,
): Promise<ChunkRecord> {
  const { name, split, images } = plan;
  const decoded: (DecodedImage | undefined)[] = Array.from({ length: images.length });
  const counts = new Map<string, number>();
  const odd: (OddImage & { readonly index: number })[] = [];
  const begins = Array.from(
    { length: Math.ceil(images.length / decoder.groupImages) },
    (_, group) => group * decoder.groupImages,
  );
  await forEach(begins, decoder.groups, async (begin) => {
    signal?.throwIfAborted();
    const paths = images.slice(begin, begin + decoder.groupImages).map(({ path }) => path);
    for (const [place, image] of (await decoder.decode(paths)).entries()) {
      const index = begin + place;
      for (const kind of image.oddities) {
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        odd.push({ index, path: paths[place] ?? '', kind });
      }
      decoded[index] = image;
      onImage();
    }
  });
  const isKept = (index: number) => split === 'test' || decoded[index]?.pixels != null;
  const kept = Array.from(images.keys()).filter(isKept);
  const dropped = Array.from(images.keys()).filter((index) => !isKept(index));
  const aspects = kept.map((index) => decoded[index]?.aspect ?? squareAspect);
  const checksums: Record<string, number> = {};
  for (const [place, side] of resolutions.entries()) {
    const grey = new Uint8Array(storedBytes(squareAspect, side)).fill(midGrey);
    const shard = Buffer.concat(kept.map((index) => decoded[index]?.pixels?.[place] ?? grey));
    await writeAtomically(join(directory, shardName(name, side)), shard);
    checksums[side] = crc32(shard);
  }
  const record: ChunkRecord = {
    name,
    split,
    count: kept.length,
    dropped,
    aspects: aspects.every((aspect) => aspect === squareAspect) ? [] : aspects,
    checksums,
    oddities: Object.fromEntries([...counts].sort()),
    oddImages: firstOfEachKind(odd.sort((a, b) => a.index - b.index).map(({ path, kind }) => ({ path, kind }))),
  };
  const file: ChunkFile = { checksum: crc32(JSON.stringify(record)), record };
  await writeAtomically(join(directory, `${name}.json`), JSON.stringify(file));
  return record;
}

/** Keeps the first few of each kind. */
export function firstOfEachKind(images: readonly OddImage[]): OddImage[] {
  const named = new Map<string, number>();
  return images.filter(({ kind }) => {
    const count = (named.get(kind) ?? 0) + 1;
    named.set(kind, count);
    return count <= namedImages;
  });
}
