import fc from 'fast-check';
import sharp, { type JpegOptions } from 'sharp';
import { describe, expect, test } from 'vitest';
import { JpegDecoder } from '../../../src/data/jpeg/decoder.js';
import { shrink } from '../../../src/data/pack/shrink.js';
import { pattern } from '../samples.js';

/** A photo-like image: soft shapes in different colours, a little noise. */
function picture(width: number, height: number): Buffer {
  return Buffer.from(
    Array.from({ length: width * height * 3 }, (_, place) => {
      const [x, y, channel] = [Math.floor(place / 3) % width, Math.floor(place / 3 / width), place % 3];
      const wave = Math.sin((x * (channel + 1)) / 19) + Math.cos((y * (3 - channel)) / 23);
      return Math.max(0, Math.min(255, Math.round(120 + 55 * wave + ((x * 7 + y * 13) % 9))));
    }),
  );
}

const image = (width: number, height: number) => sharp(picture(width, height), { raw: { width, height, channels: 3 } });

const jpeg = (width: number, height: number, options: JpegOptions = {}): Promise<Buffer> =>
  image(width, height)
    .jpeg({ quality: 92, ...options })
    .toBuffer();

function distance(a: Uint8Array | undefined, b: Uint8Array): { readonly mean: number; readonly most: number } {
  if (a?.length !== b.length) throw new Error(`${a?.length} bytes, not ${b.length}`);
  const differences = Array.from(b, (value, place) => Math.abs(value - (a[place] ?? 0)));
  return { mean: differences.reduce((sum, one) => sum + one, 0) / b.length, most: Math.max(...differences) };
}

describe('the quick JPEG decoder', () => {
  test.each<[string, JpegOptions, number]>([
    ['colours at full resolution', { chromaSubsampling: '4:4:4' }, 3],
    ['colours at half of it', { chromaSubsampling: '4:2:0' }, 12],
    ['Huffman tables of its own', { optimiseCoding: true, chromaSubsampling: '4:4:4' }, 3],
    ['the usual Huffman tables', { optimiseCoding: false, chromaSubsampling: '4:4:4' }, 3],
    ['coarse quantisation', { quality: 30, chromaSubsampling: '4:4:4' }, 3],
    ['none', { quality: 100, chromaSubsampling: '4:4:4' }, 3],
  ])('gives the pixels of the general decoder: %s', async (_, options, most) => {
    const decoder = new JpegDecoder();
    // Neither side a multiple of a block's.
    for (const [width, height] of [
      [83, 61],
      [16, 16],
      [7, 9],
      [1, 1],
    ] as const) {
      const bytes = await jpeg(width, height, options);
      const [pixels] = decoder.decode(bytes, [{ width, height }]) ?? [];
      const found = distance(pixels, await sharp(bytes).raw().toBuffer());
      expect(found.mean).toBeLessThan(1.5);
      expect(found.most).toBeLessThanOrEqual(most);
    }
  });

  test('gives grey images in RGB', async () => {
    const bytes = await image(40, 30).toColourspace('b-w').jpeg({ quality: 95 }).toBuffer();
    const [pixels] = new JpegDecoder().decode(bytes, [{ width: 40, height: 30 }]) ?? [];
    const expected = await sharp(bytes).toColourspace('srgb').raw().toBuffer();
    expect(distance(pixels, expected).most).toBeLessThanOrEqual(2);
  });

  test.each([
    [200, 150],
    [120, 90],
    [88, 66],
    [40, 30],
    [25, 19],
    [20, 15],
  ])('gives the mean of what lies under the pixels of a smaller image: %i x %i', async (width, height) => {
    const decoder = new JpegDecoder();
    const source = { width: 200, height: 150 };
    for (const chromaSubsampling of ['4:2:0', '4:4:4']) {
      const bytes = await jpeg(200, 150, { chromaSubsampling });
      const [pixels] = decoder.decode(bytes, [{ width, height }]) ?? [];
      const expected = shrink(await sharp(bytes).raw().toBuffer(), source, { width, height });
      expect(distance(pixels, expected).mean).toBeLessThan(5);
    }
  });

  test('gives several sizes at once, each as if it were alone to a few levels, and larger than the image', async () => {
    const decoder = new JpegDecoder();
    const bytes = await jpeg(60, 45, { chromaSubsampling: '4:4:4' });
    const sizes = [
      { width: 120, height: 90 },
      { width: 30, height: 22 },
      { width: 32, height: 32 },
    ];
    const all = decoder.decode(bytes, sizes) ?? [];
    expect(all.map((pixels) => pixels.length)).toEqual(sizes.map(({ width, height }) => width * height * 3));
    for (const [index, size] of sizes.entries()) {
      const [alone = new Uint8Array()] = decoder.decode(bytes, [size]) ?? [];
      expect(distance(all[index], alone).mean).toBeLessThan(4);
    }
  });

  test('keeps the middle of what is longer', async () => {
    const stripes = Buffer.alloc(96 * 32 * 3);
    for (let pixel = 0; pixel < 96 * 32; pixel++) stripes[pixel * 3 + Math.floor((pixel % 96) / 32)] = 250;
    const bytes = await sharp(stripes, { raw: { width: 96, height: 32, channels: 3 } })
      .jpeg({ quality: 100 })
      .toBuffer();
    const [pixels = new Uint8Array()] = new JpegDecoder().decode(bytes, [{ width: 16, height: 16 }]) ?? [];
    // Green but for what the filter takes from beyond.
    for (let pixel = 0; pixel < 256; pixel++) {
      if (pixel % 16 === 0 || pixel % 16 === 15) continue;
      expect(pixels[pixel * 3 + 1]).toBeGreaterThan(200);
      expect(pixels[pixel * 3]).toBeLessThan(60);
    }
  });

  test('goes on with the tables of each image, whatever came before', async () => {
    const decoder = new JpegDecoder();
    const own = await jpeg(64, 48, { optimiseCoding: true, quality: 50 });
    const usual = await jpeg(64, 48, { optimiseCoding: false });
    const size = { width: 64, height: 48 };
    const alone = [own, usual].map((bytes) => new JpegDecoder().decode(bytes, [size]));
    expect([own, usual, own, usual].map((bytes) => decoder.decode(bytes, [size]))).toEqual([...alone, ...alone]);
    // An image of which nothing comes must leave nothing behind either.
    expect(decoder.decode(own.subarray(0, own.length - 200), [size])).toBeUndefined();
    expect(decoder.decode(usual, [size])).toEqual(alone[1]);
  });

  test('gives memory for images of any size', async () => {
    const decoder = new JpegDecoder();
    const bytes = await sharp({ create: { width: 3000, height: 2000, channels: 3, background: '#405060' } })
      .jpeg({ chromaSubsampling: '4:4:4' })
      .toBuffer();
    const [pixels = new Uint8Array()] = decoder.decode(bytes, [{ width: 1500, height: 1001 }]) ?? [];
    const mean = [0, 1, 2].map((channel) => pixels[3 * 1_000_000 + channel] ?? 0);
    expect(distance(Uint8Array.from(mean), Uint8Array.of(0x40, 0x50, 0x60)).most).toBeLessThanOrEqual(2);
  });

  test('leaves other kinds of JPEG to the general decoder', async () => {
    const decoder = new JpegDecoder();
    const size = { width: 20, height: 15 };
    const kinds = [
      jpeg(40, 30, { progressive: true }),
      image(40, 30).toColourspace('cmyk').jpeg().toBuffer(),
      image(40, 30).withIccProfile('p3').jpeg().toBuffer(),
      image(40, 30).png().toBuffer(),
    ];
    const [progressive, cmyk, profile, png] = await Promise.all(kinds);
    const plain = await jpeg(40, 30);
    const scan = plain.indexOf(Buffer.from('ffda', 'hex'));
    const restarts = Buffer.concat([plain.subarray(0, scan), Buffer.from('ffdd00040001', 'hex'), plain.subarray(scan)]);
    for (const bytes of [progressive, cmyk, profile, png, restarts]) {
      expect(decoder.decode(bytes ?? Buffer.alloc(0), [size])).toBeUndefined();
    }
    expect(decoder.decode(await image(40, 30).withIccProfile('srgb').jpeg().toBuffer(), [size])).toHaveLength(1);
  });

  test('gives nothing of a file that ends too early', async () => {
    const decoder = new JpegDecoder();
    const bytes = await sharp(pattern(64, 64), { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    for (const part of [0, 0.01, 0.1, 0.5, 0.9, 0.999]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      expect(decoder.decode(cut, [{ width: 64, height: 64 }])).toBeUndefined();
      // The end is where it should be, but bits are missing.
      const closed = Buffer.concat([
        bytes.subarray(0, Math.floor(bytes.length * Math.min(0.9, part))),
        Buffer.from('ffd9', 'hex'),
      ]);
      expect(decoder.decode(closed, [{ width: 64, height: 64 }])).toBeUndefined();
    }
  });

  test('gives pixels of the right number or nothing for any damage, and decodes the next image as ever', async () => {
    const decoder = new JpegDecoder();
    const bytes = await jpeg(40, 30);
    const size = { width: 20, height: 15 };
    const whole = decoder.decode(bytes, [size]);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        const pixels = decoder.decode(damaged, [size]);
        expect([undefined, 20 * 15 * 3]).toContain(pixels?.[0]?.length);
        expect(decoder.decode(bytes, [size])).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });
});
