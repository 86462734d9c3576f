import { existsSync, readdirSync } from 'node:fs';
import { link, readFile, rename, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { DamagedDataError } from '../damage.js';
import type { Dataset } from '../types.js';
import type { ChunkPlan } from './chunk.js';
import { readChunkFile, writeChunkFile } from './chunk-file.js';
import { type DecodedImage, oddityKinds } from './decode.js';
import { temporaryNameOf } from './disk.js';
import { type ChunkContent, type ChunkRecord, packFileName, packVersion, shardName } from './format.js';
import { describeOdd } from './odd-images.js';
import { readPackRecord } from './open.js';
import { storedBytes } from './stored-size.js';
import type { WrittenFiles } from './written.js';

interface EarlierChunk {
  readonly directory: string;
  readonly file: ChunkContent;
  /** By source image, its place among those that were kept; −1 for a dropped one. */
  readonly places: readonly number[];
}

/** Sides of a pack by the name of its folder: `v3-<fingerprint>-64-96`; undefined for other folders. */
export function sidesOfFolder(name: string): readonly number[] | undefined {
  const [version, fingerprint, ...sides] = name.split('-');
  const numbers = sides.map(Number);
  const isPack = version === `v${packVersion}` && fingerprint !== undefined && numbers.length > 0;
  return isPack && numbers.every((side) => Number.isInteger(side) && side > 0) ? numbers : undefined;
}

/** Null where a pack does not say it, or cannot be read. */
function sourceOf(directory: string): string | null {
  try {
    return readPackRecord(directory).source ?? null;
  } catch (error) {
    // A damaged pack has nothing to give; whoever uses it is told.
    if (error instanceof DamagedDataError) return null;
    throw error;
  }
}

function placesOf({ record, sources }: ChunkContent): readonly number[] {
  const dropped = new Set(record.dropped);
  let next = 0;
  return sources.map((_, index) => (dropped.has(index) ? -1 : next++));
}

/**
 * Images of finished packs in the same cache folder, by their sources' state: what has not changed need not be decoded again when other files of
 * the data set have, or when its images were split or labelled otherwise.
 */
export class EarlierImages {
  private readonly images = new Map<string, { readonly chunk: EarlierChunk; readonly index: number }>();
  /** Files of the chunk that was asked last: those asked next are as a rule beside it. */
  private open: { readonly chunk: EarlierChunk; readonly shards: Promise<readonly Buffer[] | null> } | null = null;

  private constructor(private readonly resolutions: readonly number[]) {}

  /**
   * @param dataset its folder is where the images must have come from: elsewhere there may be others of the same name, size and time
   * @param except the folder that is being packed; null for none
   */
  static async find(
    cacheDirectory: string,
    dataset: Pick<Dataset, 'directory'>,
    resolutions: readonly number[],
    except: string | null,
  ): Promise<EarlierImages> {
    const earlier = new EarlierImages(resolutions);
    if (!existsSync(cacheDirectory)) return earlier;
    for (const name of readdirSync(cacheDirectory).sort()) {
      const directory = join(cacheDirectory, name);
      const sides = sidesOfFolder(name);
      if (directory === except || !resolutions.every((side) => sides?.includes(side))) continue;
      const files = readdirSync(directory);
      if (files.includes(packFileName) && sourceOf(directory) === resolve(dataset.directory)) {
        await earlier.add(directory, files);
      }
    }
    return earlier;
  }

  /** Whether there is such an image, as far as can be told without reading it. */
  has(source: string): boolean {
    return this.images.has(source);
  }

  /**
   * Places of sources, those whose images lie in the same chunk one after the other: in that order `take` reads and checks each chunk once, also
   * where the images were split or labelled otherwise and a new chunk mixes those of several.
   */
  inOrderOfChunks(sources: readonly string[]): readonly number[] {
    const places = new Map<EarlierChunk | undefined, number[]>();
    for (const [index, source] of sources.entries()) {
      const chunk = this.images.get(source)?.chunk;
      const known = places.get(chunk);
      if (known === undefined) places.set(chunk, [index]);
      else known.push(index);
    }
    return [...places.values()].flat();
  }

  /** Undefined where there is no such image, and where it is damaged or was not decoded. A chunk is read again when another one was asked meanwhile. */
  async take(source: string): Promise<DecodedImage | undefined> {
    const found = this.images.get(source);
    const place = found?.chunk.places[found.index] ?? -1;
    if (found === undefined || place < 0) return undefined;
    const { chunk, index } = found;
    const oddities = oddityKinds.filter((kind) => chunk.file.odd[kind]?.includes(index));
    if (oddities.includes('undecodable')) return undefined;
    if (this.open?.chunk !== chunk) this.open = { chunk, shards: this.readShards(chunk) };
    const shards = await this.open.shards;
    if (shards === null) return undefined;
    const pixels = this.resolutions.map((side, at) =>
      Uint8Array.from(shards[at]?.subarray(place * storedBytes(side), (place + 1) * storedBytes(side)) ?? []),
    );
    return { pixels, oddities };
  }

  /** Whether there is a whole chunk to take over, as far as can be told without reading its images. */
  hasChunk(plan: ChunkPlan): boolean {
    return this.sameChunk(plan) !== undefined;
  }

  /**
   * Takes over a whole chunk that has the same source images in the same order: its files become files of `directory`, too, without being copied.
   *
   * @returns its record; undefined where there is none, where it is damaged, and where the file system cannot link
   */
  async takeChunk(directory: string, plan: ChunkPlan, written?: WrittenFiles): Promise<ChunkRecord | undefined> {
    const { name, images, sources } = plan;
    const chunk = this.sameChunk(plan);
    if (chunk === undefined || (await this.readShards(chunk)) === null) return undefined;
    const { record, odd } = chunk.file;
    try {
      for (const side of this.resolutions) {
        // In two steps, so that others find the file they had or the whole new one.
        const to = join(directory, shardName(name, side));
        const temporary = temporaryNameOf(to);
        await link(join(chunk.directory, shardName(record.name, side)), temporary);
        const { ino } = await stat(temporary, { bigint: true });
        await rename(temporary, to);
        written?.add(to, ino);
      }
    } catch {
      // Not every file system has links: the images are copied one by one.
      return undefined;
    }
    const checksums = Object.fromEntries(this.resolutions.map((side) => [side, record.checksums[String(side)] ?? 0]));
    const paths = images.map(({ path }) => path);
    const taken: ChunkRecord = { ...record, ...describeOdd(odd, paths), name, checksums };
    await writeChunkFile(join(directory, `${name}.json`), { record: taken, sources: [...sources], odd }, written);
    return taken;
  }

  private sameChunk({ split, sources }: ChunkPlan): EarlierChunk | undefined {
    const chunk = this.images.get(sources[0] ?? '')?.chunk;
    if (chunk === undefined || chunk.file.record.split !== split) return undefined;
    const isSame = sources.length === chunk.file.sources.length;
    return isSame && sources.every((source, index) => source === chunk.file.sources[index]) ? chunk : undefined;
  }

  private async add(directory: string, files: readonly string[]): Promise<void> {
    for (const name of files.filter((file) => /^(?:train|validation|test)-\d+\.json$/.test(file))) {
      const file = await readChunkFile(join(directory, name));
      if (file === undefined) continue;
      const chunk = { directory, file, places: placesOf(file) };
      for (const [index, source] of file.sources.entries()) this.images.set(source, { chunk, index });
    }
  }

  /** Null where any file is not as it was written. */
  private async readShards({ directory, file }: EarlierChunk): Promise<readonly Buffer[] | null> {
    const { name, checksums } = file.record;
    const shards: Buffer[] = [];
    for (const side of this.resolutions) {
      // What cannot be read is decoded again.
      const shard = await readFile(join(directory, shardName(name, side))).catch(() => null);
      if (shard === null || crc32(shard) !== checksums[String(side)]) return null;
      shards.push(shard);
    }
    return shards;
  }
}
