import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type ImageHeader, readHeader } from '../../../src/data/pack/header.js';
import { decodePlainPng } from '../../../src/data/pack/plain-png.js';
import { pattern } from '../samples.js';

function header(bytes: Buffer): ImageHeader {
  const found = readHeader(bytes);
  if (found === undefined) throw new Error('no header');
  return found;
}

const decode = (bytes: Buffer) => decodePlainPng(bytes, header(bytes));

const rgb = (width: number, height: number) => sharp(pattern(width, height), { raw: { width, height, channels: 3 } });

describe('the decoder of plain PNGs', () => {
  test.each([true, false])('gives the pixels of RGB images (adaptive filters: %s)', async (adaptiveFiltering) => {
    for (const [width, height] of [
      [1, 1],
      [28, 28],
      [13, 40],
    ] as const) {
      // Smooth images make the encoder use all its filters.
      const smooth = await rgb(width, height).blur(1.5).raw().toBuffer();
      for (const pixels of [pattern(width, height), smooth]) {
        const image = sharp(pixels, { raw: { width, height, channels: 3 } });
        const bytes = await image.png({ adaptiveFiltering, palette: false }).toBuffer();
        expect(decode(bytes)).toEqual(new Uint8Array(pixels));
      }
    }
  });

  test('repeats the value of grey images in three channels', async () => {
    const bytes = await rgb(9, 7).toColourspace('b-w').png({ adaptiveFiltering: true }).toBuffer();
    expect(header(bytes).colour).toBe('grey');
    const grey = await sharp(bytes).toColourspace('b-w').raw().toBuffer();
    expect(decode(bytes)).toEqual(Uint8Array.from([...grey].flatMap((value) => [value, value, value])));
  });

  test('leaves everything else to the general decoder', async () => {
    const plain = await rgb(8, 8).png().toBuffer();
    expect(decode(plain)).toBeDefined();
    expect(decode(await rgb(8, 8).png({ palette: true }).toBuffer())).toBeUndefined();
    expect(decode(await rgb(8, 8).png({ progressive: true }).toBuffer())).toBeUndefined();
    expect(decode(await rgb(8, 8).ensureAlpha(0.5).png().toBuffer())).toBeUndefined();
    expect(decode(await rgb(8, 8).toColourspace('rgb16').png().toBuffer())).toBeUndefined();
    expect(decode(await rgb(97, 97).png().toBuffer())).toBeUndefined();
    expect(decode(await rgb(8, 8).jpeg().toBuffer())).toBeUndefined();
  });

  test('takes no picture without width, whose height would be the measure of what is unpacked', async () => {
    const bytes = await rgb(20, 20).png().toBuffer();
    const nothing = { ...header(bytes), width: 0, height: 2 ** 32 - 1 };
    expect(decodePlainPng(bytes, nothing)).toBeUndefined();
  });

  test('leaves damaged files to it too', async () => {
    const bytes = await rgb(20, 20).png().toBuffer();
    for (const length of [34, 60, Math.floor(bytes.length / 2), bytes.length - 12]) {
      expect(decode(bytes.subarray(0, length))).toBeUndefined();
    }
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(200) ^ 0xff, 200);
    expect(decode(flipped)).toBeUndefined();
  });
});
