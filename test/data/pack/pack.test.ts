import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DamagedDataError } from '../../../src/data/damage.js';
import { readDataset } from '../../../src/data/dataset.js';
import { openPack } from '../../../src/data/pack/open.js';
import { packDataset } from '../../../src/data/pack/pack.js';
import { openReader } from '../../../src/data/reader.js';
import type { Dataset, PackedDataset, SplitName } from '../../../src/data/types.js';
import { InputError } from '../../../src/errors.js';
import { fillDisk, smallDisk } from '../../study/small-disk.js';
import { plain, png, writeFiles } from '../samples.js';
import { colourOf, sampleDataset } from './samples.js';

const pack = (dataset: Dataset, folder: string, resolutions = [8]) =>
  packDataset(dataset, { resolutions, cacheDirectory: join(folder, 'cache') });

/** First pixel of every image of a split. */
function firstPixels(packed: PackedDataset, split: SplitName, resolution: number): number[][] {
  const reader = openReader(packed, resolution);
  const image = new Uint8Array(reader.imageBytes);
  const pixels = Array.from({ length: packed.splits[split].count }, (_, index) => {
    reader.read(split, index, image, 0);
    return [...image.subarray(0, 3)];
  });
  reader.close();
  return pixels;
}

/** Content of every file of a pack, by name. */
function contents(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'base64')]),
  );
}

describe('packing', () => {
  test('keeps ids, labels and pixels of all splits, at every resolution', async () => {
    const { folder, dataset } = await sampleDataset();
    const { pack: packed, oddities, oddImages, reused } = await pack(dataset, folder, [16, 4, 8]);
    expect([packed.resolutions, packed.classes, oddities, oddImages, reused]).toEqual([
      [4, 8, 16],
      ['0', '1'],
      {},
      [],
      false,
    ]);
    expect([...packed.splits.train.labels]).toEqual([...Array(6).fill(0), ...Array(6).fill(1)]);
    expect(packed.splits.validation.ids).toEqual(['v00', 'v01', 'v10', 'v11']);
    expect([...packed.splits.test.labels]).toEqual([-1, -1, -1]);
    for (const side of [4, 8, 16]) {
      const expected = [0, 1].flatMap((label) => [0, 1, 2, 3, 4, 5].map((number) => colourOf(label, number)));
      expect(firstPixels(packed, 'train', side)).toEqual(expected);
      expect(firstPixels(packed, 'test', side)).toEqual([0, 1, 2].map((number) => colourOf(2, number)));
    }
  });

  test('is reused as a whole when nothing has changed', async () => {
    const { folder, dataset } = await sampleDataset();
    const first = await pack(dataset, folder);
    const before = contents(first.pack.directory);
    const second = await pack(dataset, folder);
    expect(second.reused).toBe(true);
    expect(second.pack).toEqual(first.pack);
    expect(contents(second.pack.directory)).toEqual(before);
  });

  test('is reused for fewer resolutions, not for others', async () => {
    const { folder, dataset } = await sampleDataset();
    const both = await pack(dataset, folder, [4, 8]);
    const one = await pack(dataset, folder, [4]);
    expect([one.reused, one.pack.directory]).toEqual([true, both.pack.directory]);
    expect((await pack(dataset, folder, [4, 16])).reused).toBe(false);
  });

  test.each([
    ['size', (path: string) => writeFileSync(path, 'other')],
    ['time', (path: string) => utimesSync(path, 1000, 1000)],
  ])("is made anew when a source file's %s has changed", async (_, change) => {
    const { folder, dataset } = await sampleDataset();
    const first = await pack(dataset, folder);
    change(join(folder, 'data/train/0/t00.png'));
    const second = await pack(dataset, folder);
    expect(second.reused).toBe(false);
    expect(second.pack.fingerprint).not.toBe(first.pack.fingerprint);
  });

  test('of a data set in which one file has changed decodes that file alone', async () => {
    // Lying, grey and one that cannot be decoded among them; three chunks of training images.
    const { folder, dataset } = await sampleDataset({
      'data/train/0/t01.png': await plain(16, 8, [1, 2, 3]).png().toBuffer(),
      'data/train/0/t02.png': await plain(8, 8, [90, 90, 90]).toColourspace('b-w').png().toBuffer(),
      'data/train/1/t14.png': 'no image',
    });
    const options = { resolutions: [4, 8], cacheDirectory: join(folder, 'cache'), chunkImages: 5 };
    const first = await packDataset(dataset, options);
    expect(first.packedImages).toBe(19);
    const colour: [number, number, number] = [200, 150, 90];
    writeFileSync(join(folder, 'data/train/0/t00.png'), await png(8, colour));
    const second = await packDataset(dataset, options);
    expect([second.packedImages, second.reused]).toEqual([1, false]);
    expect(second.oddities).toEqual(first.oddities);
    expect(second.oddImages).toEqual(first.oddImages);
    expect(second.pack.splits.train.ids).toEqual(first.pack.splits.train.ids);
    for (const side of [4, 8]) {
      expect(firstPixels(second.pack, 'train', side)).toEqual([
        colour,
        ...firstPixels(first.pack, 'train', side).slice(1),
      ]);
      expect(firstPixels(second.pack, 'test', side)).toEqual(firstPixels(first.pack, 'test', side));
    }
    const inode = ({ pack: { directory } }: typeof first, name: string) => statSync(join(directory, name)).ino;
    // Chunks without a change are the same files.
    expect(inode(second, 'test-00000.8.rgb')).toBe(inode(first, 'test-00000.8.rgb'));
    expect((await packDataset(dataset, options)).reused).toBe(true);
  });

  test('needs room only for the chunks in which a file has changed', async ({ skip }) => {
    const { folder, dataset } = await sampleDataset();
    // 19 images of 64 px take at most 311 kB, square ones 233 kB; a chunk of 5 at most 82 kB.
    const disk = smallDisk(folder, 'cache', '512k');
    if (disk === null) return skip('no file system can be mounted here');
    const options = { resolutions: [64], cacheDirectory: disk, chunkImages: 5 };
    await packDataset(dataset, options);
    fillDisk(disk, 160_000);
    writeFileSync(join(folder, 'data/train/0/t00.png'), await png(8, [200, 150, 90]));
    expect((await packDataset(dataset, options)).packedImages).toBe(1);
  });

  test('needs room only for what is damaged', async ({ skip }) => {
    const { folder, dataset } = await sampleDataset();
    const disk = smallDisk(folder, 'cache', '512k');
    if (disk === null) return skip('no file system can be mounted here');
    const options = { resolutions: [64], cacheDirectory: disk, chunkImages: 5 };
    const { pack: first } = await packDataset(dataset, options);
    fillDisk(disk, 160_000);
    rmSync(join(first.directory, 'train-00000.64.rgb'));
    expect((await packDataset(dataset, options)).packedImages).toBe(5);
  });

  test('decodes again what is damaged in the pack that it would be taken from', async () => {
    const { folder, dataset } = await sampleDataset();
    const { pack: first } = await pack(dataset, folder);
    const shard = join(first.directory, 'train-00000.8.rgb');
    const bytes = readFileSync(shard);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(shard, bytes);
    writeFileSync(join(folder, 'data/train/0/t00.png'), await png(8, [200, 150, 90]));
    const { pack: second, packedImages } = await pack(dataset, folder);
    expect(packedImages).toBe(12);
    expect(firstPixels(second, 'train', 8)[1]).toEqual(colourOf(0, 1));
  });

  test('takes no image from a data set elsewhere, were it of the same name, size and time', async () => {
    const { folder, dataset } = await sampleDataset();
    await pack(dataset, folder);
    cpSync(join(folder, 'data'), join(folder, 'copy'), { recursive: true, preserveTimestamps: true });
    const copy = await readDataset(join(folder, 'copy'), { seed: 2, needTest: true });
    const relabelled = { ...copy, train: copy.train.map((image) => ({ ...image, label: 1 - image.label })) };
    expect((await pack(relabelled, folder)).packedImages).toBe(19);
  });

  test('is made anew when a label or the held-out images have changed', async () => {
    const { folder, dataset } = await sampleDataset();
    const first = await pack(dataset, folder);
    const relabelled = {
      ...dataset,
      train: dataset.train.map((image, index) => (index > 0 ? image : { ...image, label: 1 })),
    };
    const moved = {
      ...dataset,
      train: dataset.train.slice(1),
      validation: [...dataset.validation, ...dataset.train.slice(0, 1)],
    };
    const prints = await Promise.all(
      [relabelled, moved].map(async (other) => (await pack(other, folder)).pack.fingerprint),
    );
    expect(new Set([first.pack.fingerprint, ...prints]).size).toBe(3);
  });

  test('goes on after an interruption with what was finished', async () => {
    const { folder, dataset } = await sampleDataset();
    const stop = new AbortController();
    const onProgress = (done: number) => {
      // All 12 training images are one chunk; stop within the validation images.
      if (done === 13) stop.abort(new Error('stopped'));
    };
    const options = { resolutions: [8], cacheDirectory: join(folder, 'cache') };
    await expect(packDataset(dataset, { ...options, onProgress, signal: stop.signal })).rejects.toThrow('stopped');
    const [name = ''] = readdirSync(options.cacheDirectory);
    const directory = join(options.cacheDirectory, name);
    expect(() => openPack(directory)).toThrow(DamagedDataError);
    const shard = join(directory, 'train-00000.8.rgb');
    const written = statSync(shard, { bigint: true });
    const { pack: packed, reused } = await pack(dataset, folder);
    expect(reused).toBe(false);
    expect(statSync(shard, { bigint: true }).ino).toBe(written.ino);
    expect(firstPixels(packed, 'validation', 8)).toHaveLength(4);
  });

  test('is not done when it is stopped at its last image', async () => {
    const { folder, dataset } = await sampleDataset();
    const stop = new AbortController();
    const onProgress = (done: number, total: number) => {
      if (done === total) stop.abort(new Error('stopped'));
    };
    const options = { resolutions: [8], cacheDirectory: join(folder, 'cache'), onProgress, signal: stop.signal };
    await expect(packDataset(dataset, options)).rejects.toThrow('stopped');
    expect((await pack(dataset, folder)).reused).toBe(true);
  });

  test.each(['train-00000.8.rgb', 'train-00000.json', 'images.json', 'pack.json'])(
    'mends a damaged %s',
    async (name) => {
      const { folder, dataset } = await sampleDataset();
      const first = await pack(dataset, folder);
      const before = contents(first.pack.directory);
      const path = join(first.pack.directory, name);
      const damaged = readFileSync(path);
      damaged.writeUInt8(damaged.readUInt8(10) ^ 1, 10);
      for (const damage of [() => writeFileSync(path, damaged), () => rmSync(path)]) {
        damage();
        expect((await pack(dataset, folder)).reused).toBe(false);
        expect(contents(first.pack.directory)).toEqual(before);
      }
    },
  );

  test('by several at once gives one whole pack', async () => {
    const { folder, dataset } = await sampleDataset();
    const results = await Promise.all([1, 2, 3].map(() => pack(dataset, folder)));
    expect(new Set(results.map(({ pack: { directory } }) => directory)).size).toBe(1);
    const directory = results[0]?.pack.directory ?? '';
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect((await pack(dataset, folder)).reused).toBe(true);
  });

  test('counts the progress over all splits, to the end', async () => {
    const { folder, dataset } = await sampleDataset();
    const seen: [number, number][] = [];
    const onProgress = (done: number, total: number) => seen.push([done, total]);
    await packDataset(dataset, { resolutions: [8], cacheDirectory: join(folder, 'cache'), onProgress });
    expect(seen.at(-1)).toEqual([19, 19]);
    expect(seen.every(([done], index) => index === 0 || done >= (seen[index - 1]?.[0] ?? 0))).toBe(true);
  });

  test('tells no progress where everything was packed before', async () => {
    const { folder, dataset } = await sampleDataset();
    await pack(dataset, folder);
    const onProgress = () => {
      throw new Error('nothing is packed');
    };
    const options = { resolutions: [8], cacheDirectory: join(folder, 'cache'), onProgress };
    expect((await packDataset(dataset, options)).reused).toBe(true);
  });
});

describe('odd images', () => {
  test('that cannot be decoded are left out of train and validation and stay in test as mid-grey', async () => {
    const { folder, dataset } = await sampleDataset({
      'data/train/0/t02.png': 'no image',
      'data/val/1/v10.png': '',
      'data/test/x1.png': 'no image',
    });
    const { pack: packed, oddities, oddImages } = await pack(dataset, folder);
    expect(oddities).toEqual({ undecodable: 3 });
    expect(oddImages.map(({ path }) => path.slice(folder.length + 1))).toEqual([
      'data/train/0/t02.png',
      'data/val/1/v10.png',
      'data/test/x1.png',
    ]);
    expect(packed.splits.train.ids).toEqual([
      't00',
      't01',
      't03',
      't04',
      't05',
      't10',
      't11',
      't12',
      't13',
      't14',
      't15',
    ]);
    expect(firstPixels(packed, 'train', 8)[2]).toEqual(colourOf(0, 3));
    expect(packed.splits.validation.ids).toEqual(['v00', 'v01', 'v11']);
    expect(packed.splits.test.ids).toEqual(['x0', 'x1', 'x2']);
    expect(firstPixels(packed, 'test', 8)).toEqual([colourOf(2, 0), [128, 128, 128], colourOf(2, 2)]);
  });

  test('are counted by kind, the same again when the pack is reused', async () => {
    const { folder, dataset } = await sampleDataset({
      'data/train/0/t00.png': await plain(8, 8, [9, 9, 9]).jpeg().toBuffer(),
      'data/train/0/t01.png': await plain(8, 8, [9, 9, 9]).ensureAlpha(0.5).png().toBuffer(),
      'data/test/x1.png': await plain(8, 8, [9, 9, 9]).ensureAlpha(0.5).png().toBuffer(),
    });
    const first = await pack(dataset, folder);
    expect(first.oddities).toEqual({ 'mislabelled-format': 1, alpha: 2 });
    const second = await pack(dataset, folder);
    expect([second.reused, second.oddities, second.oddImages]).toEqual([true, first.oddities, first.oddImages]);
  });

  test('only are an input error', async () => {
    const files = [0, 1].flatMap((label) =>
      [0, 1, 2, 3, 4, 5].map((number) => `data/train/${label}/t${label}${number}.png`),
    );
    const { folder, dataset } = await sampleDataset(Object.fromEntries(files.map((name) => [name, 'no image'])));
    await expect(pack(dataset, folder)).rejects.toThrow(/expected train images that can be decoded, got 12 files/);
  });

  test('that cannot be read are left out and stay in test as mid-grey, like those that cannot be decoded', async () => {
    const { folder } = await sampleDataset();
    const replaceByLink = (name: string, target: string) => {
      rmSync(join(folder, name));
      symlinkSync(target, join(folder, name));
    };
    replaceByLink('data/train/0/t02.png', 'nowhere');
    replaceByLink('data/val/1/v10.png', 'v10.png');
    replaceByLink('data/test/x1.png', 'nowhere');
    const dataset = await readDataset(join(folder, 'data'), { seed: 1, needTest: true });
    const first = await pack(dataset, folder);
    expect(first.oddities).toEqual({ unreadable: 3 });
    expect(first.oddImages[1]).toEqual({ path: join(folder, 'data/val/1/v10.png'), kind: 'unreadable' });
    expect(first.pack.splits.train.ids).toHaveLength(11);
    expect(first.pack.splits.validation.ids).toEqual(['v00', 'v01', 'v11']);
    expect(first.pack.splits.test.ids).toEqual(['x0', 'x1', 'x2']);
    expect(firstPixels(first.pack, 'test', 8)).toEqual([colourOf(2, 0), [128, 128, 128], colourOf(2, 2)]);
    const second = await pack(dataset, folder);
    expect([second.reused, second.oddities, second.oddImages]).toEqual([true, first.oddities, first.oddImages]);
  });

  test('that cannot be read are packed as soon as they can, and nothing else is decoded for it', async () => {
    const { folder, dataset } = await sampleDataset();
    const link = join(folder, 'data/test/x1.png');
    rmSync(link);
    symlinkSync(join(folder, 'later.png'), link);
    const first = await pack(dataset, folder);
    writeFileSync(join(folder, 'later.png'), await png(8, [200, 150, 90]));
    const second = await pack(dataset, folder);
    expect(second.pack.fingerprint).not.toBe(first.pack.fingerprint);
    expect([second.packedImages, second.oddities]).toEqual([1, {}]);
    expect(firstPixels(second.pack, 'test', 8)[1]).toEqual([200, 150, 90]);
  });

  test('whose names are no UTF-8 are left out', async ({ skip }) => {
    const { folder } = await sampleDataset();
    const name = Buffer.concat([
      Buffer.from(join(folder, 'data/train/0/caf')),
      Buffer.from([0xe9]),
      Buffer.from('.png'),
    ]);
    try {
      writeFileSync(name, await png(8, [1, 2, 3]));
    } catch {
      return skip('the file system takes no such name');
    }
    const dataset = await readDataset(join(folder, 'data'), { seed: 1, needTest: true });
    expect(dataset.train).toHaveLength(13);
    const { pack: packed, oddities } = await pack(dataset, folder);
    expect([packed.splits.train.count, oddities]).toEqual([12, { unreadable: 1 }]);
  });

  test('that vanish while others are packed are an input error: the pack would stand for files that it has not', async () => {
    const { folder, dataset } = await sampleDataset();
    const onProgress = (done: number) => {
      if (done === 12) rmSync(join(folder, 'data/test/x1.png'));
    };
    const options = { resolutions: [8], cacheDirectory: join(folder, 'cache'), onProgress };
    await expect(packDataset(dataset, options)).rejects.toThrow(InputError);
  });
});

describe('a pack that somebody changed', () => {
  const chunk = ({ record, sources, odd }: Readonly<Record<string, unknown>>) =>
    JSON.stringify({ checksum: crc32(JSON.stringify([record, sources, odd])), record, sources, odd });

  test.each(['../../outside', '/etc/passwd', 'train-00001', 'x'.repeat(5000)])(
    'is mended where a chunk calls itself %j',
    async (name) => {
      const { folder, dataset } = await sampleDataset();
      const { pack: first } = await pack(dataset, folder);
      const before = contents(first.directory);
      const path = join(first.directory, 'train-00000.json');
      const { record, sources, odd } = JSON.parse(readFileSync(path, 'utf8'));
      writeFileSync(path, chunk({ record: { ...record, name }, sources, odd }));
      const described = join(first.directory, 'pack.json');
      const whole = JSON.parse(readFileSync(described, 'utf8'));
      writeFileSync(
        described,
        JSON.stringify({ ...whole, chunks: [{ ...whole.chunks[0], name }, ...whole.chunks.slice(1)] }),
      );
      expect(() => openPack(first.directory)).toThrow(DamagedDataError);
      await pack(dataset, folder);
      expect(contents(first.directory)).toEqual(before);
    },
  );

  test('is refused for labels that are no class', async () => {
    const { folder, dataset } = await sampleDataset();
    const { directory } = (await pack(dataset, folder)).pack;
    const images = JSON.parse(readFileSync(join(directory, 'images.json'), 'utf8'));
    images.train.labels[0] = 2;
    writeFileSync(join(directory, 'images.json'), JSON.stringify(images));
    const described = JSON.parse(readFileSync(join(directory, 'pack.json'), 'utf8'));
    writeFileSync(
      join(directory, 'pack.json'),
      JSON.stringify({ ...described, imagesChecksum: crc32(JSON.stringify(images)) }),
    );
    expect(() => openPack(directory)).toThrow(
      /images\.json: expected a packed data set, got the label 2 among 2 classes/,
    );
  });

  test('is passed over where its folder is named after sides that are none', async () => {
    const { folder, dataset } = await sampleDataset();
    const { directory } = (await pack(dataset, folder)).pack;
    cpSync(directory, `${directory}-0-x`, { recursive: true });
    rmSync(directory, { recursive: true });
    expect((await pack(dataset, folder)).pack.directory).toBe(directory);
  });
});

describe('the cache folder', () => {
  test('that is a file is an error in words', async () => {
    const { folder, dataset } = await sampleDataset({ cache: 'a file' });
    await expect(pack(dataset, folder)).rejects.toThrow(/cache/);
  });

  test('holds packs of several data sets side by side', async () => {
    const { folder, dataset } = await sampleDataset();
    const first = await pack(dataset, folder);
    writeFiles(folder, { 'data/train/0/new.png': await png(8, [1, 2, 3]) });
    const larger = await readDataset(dataset.directory, { seed: 1, needTest: true });
    const second = await pack(larger, folder);
    expect(second.pack.splits.train.count).toBe(13);
    expect(existsSync(first.pack.directory)).toBe(true);
    expect(openPack(first.pack.directory)).toEqual(first.pack);
  });
});
