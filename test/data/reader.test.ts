import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { openPack } from '../../src/data/pack/open.js';
import { packDataset } from '../../src/data/pack/pack.js';
import { openReader, readImages } from '../../src/data/reader.js';
import type { PackedDataset } from '../../src/data/types.js';
import { colourOf, sampleDataset } from './pack/samples.js';
import { memoryReader, pattern } from './samples.js';

async function packed(resolutions = [8]): Promise<PackedDataset> {
  const { folder, dataset } = await sampleDataset();
  return (await packDataset(dataset, { resolutions, cacheDirectory: join(folder, 'cache') })).pack;
}

describe('a reader', () => {
  test('copies an image to where it is wanted and touches nothing else', async () => {
    const reader = openReader(await packed(), 8);
    expect(reader.imageBytes).toBe(192);
    const target = new Uint8Array(200).fill(7);
    reader.read('train', 7, target, 5);
    reader.close();
    expect([...target.subarray(0, 8)]).toEqual([7, 7, 7, 7, 7, ...colourOf(1, 1)]);
    expect([...target.subarray(197)]).toEqual([7, 7, 7]);
  });

  test('of a resolution that was not packed names those that were', async () => {
    const pack = await packed([4, 8]);
    expect(() => openReader(pack, 6)).toThrow(/packed resolution \(4, 8 px\), got 6 px/);
  });

  test('refuses an index outside the split and a target that is too small', async () => {
    const reader = openReader(await packed(), 8);
    const target = new Uint8Array(192);
    expect(() => reader.read('test', 3, target, 0)).toThrow(RangeError);
    expect(() => reader.read('test', -1, target, 0)).toThrow(RangeError);
    expect(() => reader.read('test', 0, target, 1)).toThrow(/cannot read test image 0/);
    reader.close();
  });

  test('says when a file became shorter after it was opened', async () => {
    const pack = await packed();
    const reader = openReader(pack, 8);
    truncateSync(join(pack.directory, 'test-00000.8.rgb'), 300);
    const target = new Uint8Array(192);
    reader.read('test', 0, target, 0);
    expect(() => reader.read('test', 1, target, 0)).toThrow(/expected 192 bytes at 192, got 108/);
    reader.close();
  });

  test('finds every image across chunks, also after dropped ones', async () => {
    // Four chunks of training images: the second keeps one image, the third none.
    const gone = ['0/t03', '0/t05', '1/t10', '1/t11', '1/t12'];
    const { folder, dataset } = await sampleDataset(
      Object.fromEntries(gone.map((name) => [`data/train/${name}.png`, 'no image'])),
    );
    const options = { resolutions: [8], cacheDirectory: join(folder, 'cache'), chunkImages: 3 };
    const { pack } = await packDataset(dataset, options);
    expect(readdirSync(pack.directory)).toContain('train-00003.8.rgb');
    const reader = openReader(pack, 8);
    const target = new Uint8Array(192);
    const colours = pack.splits.train.ids.map((_, index) => {
      reader.read('train', index, target, 0);
      return [...target.subarray(0, 3)];
    });
    reader.close();
    const kept = [
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 4],
      [1, 3],
      [1, 4],
      [1, 5],
    ] as const;
    expect(colours).toEqual(kept.map(([label, number]) => colourOf(label, number)));
  });
});

describe('a reader of more pixels than were packed', () => {
  test('enlarges images, between the centres of their pixels', async () => {
    const pixels = pattern(8, 8);
    const bytes = await sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
      .png()
      .toBuffer();
    const { folder, dataset } = await sampleDataset({ 'data/train/0/t00.png': bytes });
    const { pack } = await packDataset(dataset, { resolutions: [8], cacheDirectory: join(folder, 'cache') });
    const large = openReader(pack, 16);
    expect(large.imageBytes).toBe(16 * 16 * 3);
    const square = new Uint8Array(16 * 16 * 3 + 2).fill(7);
    large.read('train', 0, square, 1);
    large.close();
    expect([square[0], square.at(-1)]).toEqual([7, 7]);
    const at = (x: number, y: number) => pixels[(y * 8 + x) * 3] ?? 0;
    const mixed = (9 * at(0, 0) + 3 * at(1, 0) + 3 * at(0, 1) + at(1, 1)) / 16;
    expect(Math.abs((square[1 + (16 + 1) * 3] ?? 0) - mixed)).toBeLessThanOrEqual(0.5);
    expect(square[1]).toBe(at(0, 0));
  });
});

describe('opening a pack', () => {
  test('refuses a folder without one, a file that is missing or of another size', async () => {
    const pack = await packed();
    expect(() => openPack(join(pack.directory, 'nowhere'))).toThrow(/expected a packed data set/);
    truncateSync(join(pack.directory, 'train-00000.8.rgb'), 10);
    expect(() => openPack(pack.directory)).toThrow(/train-00000\.8\.rgb: .* got 10 bytes, not 2304/);
  });

  test('says what is wrong in its description', async () => {
    const pack = await packed();
    writeFileSync(join(pack.directory, 'pack.json'), '{"version":1}');
    expect(() => openPack(pack.directory)).toThrow(/pack\.json: .* at version/);
    writeFileSync(join(pack.directory, 'pack.json'), '{');
    expect(() => openPack(pack.directory)).toThrow(/damaged file/);
  });

  test('leaves no other file behind than the pack itself', async () => {
    const pack = await packed();
    const names = ['test', 'train', 'validation'].flatMap((split) => [`${split}-00000.8.rgb`, `${split}-00000.json`]);
    expect(readdirSync(pack.directory).sort()).toEqual([...names, 'images.json', 'pack.json'].sort());
  });
});

describe('images read together', () => {
  test('stand one after the other in the order asked for', () => {
    const reader = memoryReader(2, (index) => index);
    const images = readImages(reader, 'validation', Int32Array.of(4, 0, 7));
    expect([...images]).toEqual([...Array(12).fill(4), ...Array(12).fill(0), ...Array(12).fill(7)]);
    expect(readImages(reader, 'test', new Int32Array())).toHaveLength(0);
  });
});
