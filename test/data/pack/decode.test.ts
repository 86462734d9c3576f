import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, oddHeader } from '../../../src/data/pack/decode.js';
import { readHeader } from '../../../src/data/pack/header.js';
import { pattern, plain } from '../samples.js';

/** Mean of each channel of the first resolution's pixels. */
async function meanColour(
  bytes: Buffer,
  path: string,
  side = 16,
): Promise<{ mean: number[]; oddities: readonly string[] }> {
  const { pixels, oddities } = await decodeImage(bytes, path, [side]);
  const image = pixels?.[0] ?? new Uint8Array();
  expect(image).toHaveLength(side * side * 3);
  const mean = [0, 1, 2].map((c) => image.filter((_, at) => at % 3 === c).reduce((sum, v) => sum + v, 0) / side ** 2);
  return { mean: mean.map(Math.round), oddities };
}

const near = (mean: readonly number[], colour: readonly number[], by = 3) => {
  for (const [channel, value] of colour.entries())
    expect(Math.abs((mean[channel] ?? 0) - value)).toBeLessThanOrEqual(by);
};

/** A noisy photo-like image: it does not compress well, so cutting the file cuts the picture. */
const noisy = () => sharp(pattern(64, 64), { raw: { width: 64, height: 64, channels: 3 } });

describe('decoding', () => {
  test('keeps an image that has the side already as it is', async () => {
    const [bytes, large] = [
      await noisy().png().toBuffer(),
      await noisy().png({ palette: false, progressive: true }).toBuffer(),
    ];
    expect((await decodeImage(bytes, 'a.png', [64])).pixels?.map(Buffer.from)).toEqual([pattern(64, 64)]);
    expect((await decodeImage(large, 'a.png', [64])).pixels?.map(Buffer.from)).toEqual([pattern(64, 64)]);
  });

  test('gives every resolution in the order asked for, smaller and larger than the image', async () => {
    const bytes = await plain(28, 28, [10, 200, 90]).png().toBuffer();
    const { pixels } = await decodeImage(bytes, 'a.png', [14, 28, 56]);
    expect(pixels?.map((part) => part.length)).toEqual([14, 28, 56].map((side) => side * side * 3));
    for (const part of pixels ?? []) expect([...new Set(part)].sort((a, b) => a - b)).toEqual([10, 90, 200]);
  });

  test('squashes all of a long image into the square, its ends too', async () => {
    // 90 x 30 and 30 x 90: red ends of a third each, blue between them.
    for (const [width, height] of [
      [90, 30],
      [30, 90],
    ] as const) {
      const lies = width > height;
      const input = await plain(30, 30, [255, 0, 0]).png().toBuffer();
      const ends = [0, 60].map((at) => ({ input, left: lies ? at : 0, top: lies ? 0 : at }));
      const bytes = await plain(width, height, [0, 0, 255]).composite(ends).png().toBuffer();
      const { pixels } = await decodeImage(bytes, 'a.png', [15, 30, 60]);
      expect(pixels?.map((part) => part.length)).toEqual([15, 30, 60].map((side) => side * side * 3));
      const image = pixels?.[1] ?? new Uint8Array();
      const redAt = (along: number) => image[(lies ? 15 * 30 + along : along * 30 + 15) * 3] ?? -1;
      expect([2, 27].every((along) => redAt(along) > 235)).toBe(true);
      expect([13, 15, 17].every((along) => redAt(along) < 20)).toBe(true);
    }
  });

  test('turns an image upright by its EXIF orientation', async () => {
    const top = { input: await plain(32, 16, [255, 255, 255]).png().toBuffer(), left: 0, top: 0 };
    const upright = await plain(32, 32, [0, 0, 0]).composite([top]).png().toBuffer();
    // 6: the file holds the image turned by 90° to the left.
    const bytes = await sharp(upright).rotate(-90).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer();
    const { pixels } = await decodeImage(bytes, 'a.jpg', [32]);
    const at = (x: number, y: number) => pixels?.[0]?.[(y * 32 + x) * 3] ?? -1;
    expect([at(4, 4), at(28, 4)].every((value) => value > 240)).toBe(true);
    expect([at(4, 28), at(28, 28)].every((value) => value >= 0 && value < 15)).toBe(true);
  });

  test('brings CMYK to RGB and counts it', async () => {
    const bytes = await plain(40, 40, [200, 40, 40]).toColourspace('cmyk').jpeg().toBuffer();
    const { mean, oddities } = await meanColour(bytes, 'a.jpeg');
    expect(oddities).toEqual(['cmyk']);
    near(mean, [200, 40, 40], 30);
  });

  test('brings grey to RGB and counts it', async () => {
    const grey = plain(40, 40, [90, 90, 90]).toColourspace('b-w');
    for (const [bytes, name] of [
      [await grey.clone().jpeg().toBuffer(), 'a.jpg'],
      [await grey.clone().png().toBuffer(), 'a.png'],
    ] as const) {
      const { mean, oddities } = await meanColour(bytes, name);
      expect(oddities).toEqual(['grey']);
      near(mean, [90, 90, 90]);
    }
  });

  test('brings 16 bits to 8 and counts it', async () => {
    const bytes = await plain(40, 40, [200, 100, 50]).toColourspace('rgb16').png().toBuffer();
    const { mean, oddities } = await meanColour(bytes, 'a.png');
    expect(oddities).toEqual(['sixteen-bit']);
    near(mean, [200, 100, 50]);
    const grey = await plain(40, 40, [77, 77, 77]).toColourspace('grey16').png().toBuffer();
    const found = await meanColour(grey, 'a.png');
    expect(found.oddities).toEqual(['grey', 'sixteen-bit']);
    near(found.mean, [77, 77, 77]);
  });

  test('lays a transparent image on white and counts it', async () => {
    const clear = sharp({ create: { width: 40, height: 40, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
    for (const [bytes, name] of [
      [await clear.clone().png().toBuffer(), 'a.png'],
      [await clear.clone().png({ palette: true }).toBuffer(), 'a.png'],
      [await clear.clone().webp({ lossless: true }).toBuffer(), 'a.webp'],
    ] as const) {
      const { mean, oddities } = await meanColour(bytes, name);
      expect(oddities).toEqual(['alpha']);
      near(mean, [255, 255, 255]);
    }
  });

  test('reads an image whose name promises another format and counts it', async () => {
    const bytes = await plain(40, 40, [1, 2, 3]).png().toBuffer();
    const { mean, oddities } = await meanColour(bytes, 'a.jpeg');
    expect(oddities).toEqual(['mislabelled-format']);
    near(mean, [1, 2, 3]);
    const gif = await plain(40, 40, [255, 0, 0]).gif().toBuffer();
    expect((await meanColour(gif, 'a.jpg')).oddities).toContain('mislabelled-format');
    expect((await meanColour(gif, 'a.gif')).oddities).not.toContain('mislabelled-format');
  });

  test('keeps what there is of a truncated image and counts it', async () => {
    for (const [whole, name] of [
      [await noisy().jpeg({ quality: 95 }).toBuffer(), 'a.jpg'],
      [await noisy().png().toBuffer(), 'a.png'],
    ] as const) {
      const { oddities } = await meanColour(whole.subarray(0, Math.floor(whole.length * 0.7)), name);
      expect(oddities).toEqual(['truncated']);
      const exact = await decodeImage(whole.subarray(0, Math.floor(whole.length * 0.7)), name, [64]);
      expect(exact.oddities).toEqual(['truncated']);
    }
  });

  test('gives up on what is no image', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('hello'), Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4])]) {
      expect(await decodeImage(bytes, 'a.jpg', [16])).toEqual({
        pixels: null,
        oddities: ['undecodable'],
      });
    }
  });

  test('gives the decoder nothing but pictures made of pixels, whatever their names say', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect width="16" height="16"/></svg>';
    for (const text of [svg, `<?xml version="1.0"?>${svg}`, '%PDF-1.4', 'P6 16 16 255 ']) {
      const bytes = Buffer.concat([Buffer.from(text), Buffer.alloc(1000)]);
      expect(await decodeImage(bytes, 'a.png', [16])).toEqual({
        pixels: null,
        oddities: ['undecodable'],
      });
    }
    const gif = await plain(16, 16, [200, 0, 0]).gif().toBuffer();
    expect((await decodeImage(gif, 'a.png', [16])).oddities).toContain('mislabelled-format');
  });

  test('refuses a picture of more than 268 megapixels by its header, however small the file', async () => {
    const bytes = await plain(16, 16, [1, 2, 3]).png().toBuffer();
    for (const [width, height] of [
      [16_384, 16_384],
      [0xffffffff, 0xffffffff],
    ] as const) {
      bytes.writeUInt32BE(width, 16);
      bytes.writeUInt32BE(height, 20);
      expect(await decodeImage(bytes, 'a.png', [16])).toEqual({
        pixels: null,
        oddities: ['oversized', 'undecodable'],
      });
    }
  });

  test('counts pixels of 16 bits twice, as their memory does', async () => {
    const bytes = await sharp(pattern(64, 64), { raw: { width: 64, height: 64, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    bytes.writeUInt32BE(11_600, 16);
    bytes.writeUInt32BE(11_600, 20);
    const { pixels, oddities } = await decodeImage(bytes, 'a.png', [16]);
    expect(pixels).toBeNull();
    expect(oddities).toEqual(['sixteen-bit', 'oversized', 'undecodable']);
  });

  test('gives a picture of the size asked for or none, whatever its header says', async () => {
    const jpeg = await noisy().jpeg().toBuffer();
    // A frame header before the real one, in a segment that decoders pass over.
    const liar = Buffer.from('ffc000110800100010030122000211010311010000'.slice(0, 38), 'hex');
    const bytes = Buffer.concat([jpeg.subarray(0, 2), Buffer.from('ff01', 'hex'), liar, jpeg.subarray(2)]);
    for (const side of [16, 64]) {
      const { pixels } = await decodeImage(bytes, 'a.jpg', [side]);
      expect([undefined, side * side * 3]).toContain(pixels?.[0]?.length);
    }
  });

  test('counts images of more than 100 megapixels as oversized', async () => {
    const header = readHeader(await plain(8, 8, [0, 0, 0]).png().toBuffer());
    if (header === undefined) throw new Error('no header');
    expect(oddHeader({ ...header, width: 10_000, height: 10_001 }, 'a.png')).toEqual(['oversized']);
    expect(oddHeader({ ...header, width: 10_000, height: 10_000 }, 'a.png')).toEqual([]);
  });
});
