import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { InputError } from '../../errors.js';
import { imageCount } from '../dataset.js';
import type { Dataset, PackedDataset } from '../types.js';
import { type ChunkPlan, decodeChunk, finishedChunk, looksFinished, planChunks, writeChunk } from './chunk.js';
import { ChunkRecords } from './chunk-records.js';
import { manySmallImages } from './decode.js';
import { type Decoder, startDecoder } from './decode-pool.js';
import { packedBytes, prepareFolder, removeStale, writeAtomically } from './disk.js';
import { EarlierImages, sidesOfFolder } from './earlier.js';
import { sourceState } from './fingerprint.js';
import {
  type ChunkRecord,
  type ImagesRecord,
  imagesFileName,
  type OddImage,
  type PackRecord,
  packFileName,
  packVersion,
} from './format.js';
import { firstOfEachKind } from './odd-images.js';
import { openPack } from './open.js';
import { WrittenFiles } from './written.js';

export interface PackOptions {
  /** Sides in pixels of the stored images, in any order. */
  readonly resolutions: readonly number[];
  /** Holds a folder for each packed data set; made where it is missing. */
  readonly cacheDirectory: string;
  /** Images done and in all, over all splits; called about a hundred times and at the end, and never where all were packed before. */
  onProgress?(done: number, total: number): void;
  /** Ends packing between two images, or as the last thing it does; chunks that are finished stay for the next time. */
  readonly signal?: AbortSignal;
  /** Processor cores to decode on; default: all that this process may run on. */
  readonly threads?: number;
  /** Hears of the files that are made, for a caller who may want their room back. */
  readonly written?: WrittenFiles;
  /** Most images in a chunk, the unit of resuming; default 4,096. Must be the same when an interrupted pack is resumed, or it begins anew. */
  readonly chunkImages?: number;
}

export interface PackResult {
  readonly pack: PackedDataset;
  /** How many images were odd, by kind. */
  readonly oddities: Readonly<Record<string, number>>;
  /** The first 20 of each kind. */
  readonly oddImages: readonly OddImage[];
  /** Images that had to be decoded: all, those that an interruption had left, that were damaged, or that have changed since. */
  readonly packedImages: number;
  /** True where everything was there already. */
  readonly reused: boolean;
  readonly seconds: number;
}

/**
 * The folder for a data set's state and resolutions: one that exists and holds at least those resolutions, else a new one.
 */
function chooseFolder(
  cacheDirectory: string,
  fingerprint: string,
  resolutions: readonly number[],
): { readonly directory: string; readonly resolutions: readonly number[] } {
  const stem = `v${packVersion}-${fingerprint.slice(0, 16)}`;
  const existing = existsSync(cacheDirectory) ? readdirSync(cacheDirectory) : [];
  for (const name of existing.filter((entry) => entry.startsWith(`${stem}-`)).sort()) {
    const packed = sidesOfFolder(name);
    const complete = existsSync(join(cacheDirectory, name, packFileName));
    if (complete && packed !== undefined && resolutions.every((side) => packed.includes(side))) {
      return { directory: join(cacheDirectory, name), resolutions: packed };
    }
  }
  return { directory: join(cacheDirectory, `${stem}-${resolutions.join('-')}`), resolutions };
}

/**
 * How many images of a data set no finished pack in these folders has, by the folder that has most: what packing would decode. No image is read.
 *
 * @param resolutions sides in pixels that are wanted
 */
export async function imagesToDecode(
  dataset: Dataset,
  resolutions: readonly number[],
  cacheDirectories: readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  const { train, validation, test } = (await sourceState(dataset, signal)).sources;
  let least = imageCount(dataset);
  for (const cache of cacheDirectories) {
    // What is no folder, or cannot be read, holds nothing; packing passes it over and says why.
    const earlier = await EarlierImages.find(cache, dataset, resolutions, null).catch(() => null);
    if (earlier === null) continue;
    const missing = [train, validation, test].flatMap((sources) => sources.filter((source) => !earlier.has(source)));
    least = Math.min(least, missing.length);
  }
  return least;
}

/** Ids and labels of the images that were packed. */
function keptImages(plans: readonly ChunkPlan[], records: readonly ChunkRecord[]): ImagesRecord {
  const images: ImagesRecord = {
    train: { ids: [], labels: [] },
    validation: { ids: [], labels: [] },
    test: { ids: [], labels: [] },
  };
  for (const [number, plan] of plans.entries()) {
    const dropped = new Set(records[number]?.dropped);
    for (const [index, { id, label }] of plan.images.entries()) {
      if (dropped.has(index)) continue;
      images[plan.split].ids.push(id);
      images[plan.split].labels.push(label);
    }
  }
  return images;
}

function checkEnough(dataset: Dataset, images: ImagesRecord): void {
  for (const split of ['train', 'validation'] as const) {
    if (images[split].ids.length === 0) {
      const got = `${dataset[split].length} files that are none`;
      throw new InputError(dataset.directory, `${split} images that can be decoded`, got, 'the complete data set');
    }
  }
}

function sumOddities(records: readonly ChunkRecord[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { oddities } of records) {
    for (const [kind, count] of Object.entries(oddities)) sum[kind] = (sum[kind] ?? 0) + count;
  }
  return sum;
}

/**
 * Decodes a data set once and writes its images as raw RGB bytes at each resolution, ids and labels beside them. What an earlier call has done
 * for the same source (names, sizes, times, labels) is kept after its checksums were verified, and images of other finished packs in the cache folder
 * whose files have not changed are taken from there; several processes may pack the same data set
 * at once. Images are turned upright by their EXIF orientation and squashed into squares; see `oddityKinds` for what is mended.
 *
 * @throws PlaceError where the disk is full or the cache folder not writable
 * @throws InputError where no image can be decoded
 * @throws the signal's reason when it is aborted
 */
export async function packDataset(dataset: Dataset, options: PackOptions): Promise<PackResult> {
  const { cacheDirectory, signal, written = new WrittenFiles() } = options;
  const startedAt = performance.now();
  const wanted = [...new Set(options.resolutions)].sort((a, b) => a - b);
  if (wanted.length === 0 || wanted.some((side) => !Number.isInteger(side) || side < 1)) {
    throw new RangeError(`packing: expected resolutions in whole pixels, got [${wanted.join(', ')}]`);
  }
  manySmallImages();
  const { fingerprint, sources } = await sourceState(dataset, signal);
  const { directory, resolutions } = chooseFolder(cacheDirectory, fingerprint, wanted);
  const plans = planChunks(dataset, sources, resolutions, options.chunkImages);
  const total = plans.reduce((sum, { images }) => sum + images.length, 0);
  const chunks = new ChunkRecords();
  let done = 0;
  let packed = 0;
  let packedImages = 0;
  let decoder: Decoder | null = null;
  let earlier: EarlierImages | null = null;
  const every = Math.max(1, Math.floor(total / 100));
  prepareFolder(directory, 0);
  removeStale(directory, Date.now() / 1000);
  try {
    for (const [number, plan] of plans.entries()) {
      signal?.throwIfAborted();
      const before = await finishedChunk(directory, plan, resolutions);
      if (before !== undefined) {
        await chunks.add(before);
        done += plan.images.length;
        continue;
      }
      earlier ??= await EarlierImages.find(cacheDirectory, dataset, resolutions, directory);
      if (packed === 0) {
        const others = await unfinished(directory, plans.slice(number + 1), resolutions);
        prepareFolder(directory, bytesToWrite([plan, ...others], resolutions, earlier));
      }
      const taken = await earlier.takeChunk(directory, plan, written);
      if (taken !== undefined) {
        await chunks.add(taken);
        packed++;
        done += plan.images.length;
        options.onProgress?.(done, total);
        continue;
      }
      decoder ??= startDecoder(resolutions, total - done, options.threads);
      const onImage = (isDecoded: boolean): void => {
        done++;
        if (isDecoded) packedImages++;
        if (done % every === 0 || done === total) options.onProgress?.(done, total);
      };
      const images = await decodeChunk(plan, { decoder, earlier, onImage }, signal);
      await chunks.write(() => writeChunk(directory, plan, resolutions, images, written));
      packed++;
    }
  } finally {
    await chunks.settled();
    await decoder?.close();
  }
  const records = await chunks.all();
  const images = keptImages(plans, records);
  checkEnough(dataset, images);
  const described = await describe(directory, dataset, fingerprint, resolutions, records, images, written);
  signal?.throwIfAborted();
  return {
    pack: openPack(directory),
    oddities: sumOddities(records),
    oddImages: firstOfEachKind(records.flatMap((record) => record.oddImages)),
    packedImages,
    reused: packed === 0 && !described,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

async function unfinished(
  directory: string,
  plans: readonly ChunkPlan[],
  resolutions: readonly number[],
): Promise<readonly ChunkPlan[]> {
  const left: ChunkPlan[] = [];
  for (const plan of plans) if (!(await looksFinished(directory, plan, resolutions))) left.push(plan);
  return left;
}

/** Most of what chunks can take; those that are linked from an earlier pack take nothing. */
function bytesToWrite(plans: readonly ChunkPlan[], resolutions: readonly number[], earlier: EarlierImages): number {
  const written = plans.filter((plan) => !earlier.hasChunk(plan));
  return packedBytes(
    written.reduce((sum, { images }) => sum + images.length, 0),
    resolutions,
  );
}

/**
 * Writes `images.json` and then `pack.json`, unless they stand there already word for word.
 *
 * @returns whether anything had to be written
 */
async function describe(
  directory: string,
  { directory: directoryOfSource, layout, classes }: Dataset,
  fingerprint: string,
  resolutions: readonly number[],
  records: readonly ChunkRecord[],
  images: ImagesRecord,
  written: WrittenFiles,
): Promise<boolean> {
  const imagesText = JSON.stringify(images);
  const record: PackRecord = {
    version: packVersion,
    fingerprint,
    source: resolve(directoryOfSource),
    layout,
    classes: [...classes],
    resolutions: [...resolutions],
    chunks: [...records],
    imagesChecksum: crc32(imagesText),
  };
  const texts = [
    [join(directory, imagesFileName), imagesText],
    [join(directory, packFileName), `${JSON.stringify(record)}\n`],
  ] as const;
  const same = texts.every(([path, text]) => existsSync(path) && readFileSync(path, 'utf8') === text);
  if (same) return false;
  for (const [path, text] of texts) await writeAtomically(path, text, written);
  return true;
}
