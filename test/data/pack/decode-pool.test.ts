import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startDecoder } from '../../../dist/data/pack/decode-pool.js';
import { decodeImage } from '../../../src/data/pack/decode.js';
import { pattern, plain, temporaryFolder, writeFiles } from '../samples.js';

const photo = (width: number, height: number) => sharp(pattern(width, height), { raw: { width, height, channels: 3 } });

/** Enough images for processes. */
function startProcesses(resolutions: readonly number[]) {
  const decoder = startDecoder(resolutions, 10_000);
  onTestFinished(() => decoder.close());
  return decoder;
}

describe('decoding in processes', () => {
  test('gives what decoding here gives, in the order of the files', async () => {
    const folder = temporaryFolder();
    const files = {
      'a.jpg': await photo(40, 30).jpeg().toBuffer(),
      'b.png': await photo(8, 8).png().toBuffer(),
      'c.jpg': Buffer.from('no image'),
      'd.webp': await photo(30, 50).webp().toBuffer(),
      'e.jpg': await photo(30, 30).jpeg({ progressive: true }).toBuffer(),
      'f.png': await plain(20, 10, [1, 2, 3]).ensureAlpha(0.5).png().toBuffer(),
    };
    writeFiles(folder, files);
    const paths = Object.keys(files).map((name) => join(folder, name));
    const decoder = startProcesses([8, 16]);
    expect(decoder.groups).toBeGreaterThan(1);
    const here = await Promise.all(paths.map((path) => decodeImage(readFileSync(path), path, [8, 16])));
    const plainly = (images: typeof here) =>
      images.map(({ pixels, ...rest }) => ({ ...rest, pixels: pixels?.map((part) => Buffer.from(part)) ?? null }));
    for (let round = 0; round < 3; round++) expect(plainly([...(await decoder.decode(paths))])).toEqual(plainly(here));
  });

  test('takes as many processes as it may', async () => {
    for (const threads of [1, 3]) {
      const decoder = startDecoder([8], 10_000, threads);
      onTestFinished(() => decoder.close());
      expect(decoder.groups).toBe(2 * threads);
    }
  });

  test('leaves large images to the main process', async () => {
    const folder = temporaryFolder();
    // 36 megapixels of one colour: a small file that takes much memory.
    const large = await plain(6000, 6000, [9, 200, 9]).png().toBuffer();
    writeFiles(folder, { 'large.png': large, 'small.png': await plain(8, 8, [7, 7, 7]).png().toBuffer() });
    const decoder = startProcesses([8]);
    const [big, small] = await decoder.decode([join(folder, 'large.png'), join(folder, 'small.png')]);
    expect([...(big?.pixels?.[0]?.subarray(0, 3) ?? [])]).toEqual([9, 200, 9]);
    expect([...(small?.pixels?.[0]?.subarray(0, 3) ?? [])]).toEqual([7, 7, 7]);
  });

  test('says which file cannot be read', async () => {
    const missing = join(temporaryFolder(), 'missing.jpg');
    await expect(startProcesses([8]).decode([missing])).rejects.toThrow(/missing\.jpg: expected a readable file/);
  });

  test('refuses what is asked after its end', async () => {
    const decoder = startDecoder([8], 10_000);
    await decoder.close();
    await expect(decoder.decode(['a.jpg'])).rejects.toThrow(/decoding has ended/);
  });
});
