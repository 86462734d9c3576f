import fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { encodeGreyPng } from '../../../src/data/example/png.js';

test('another decoder reads back every pixel that was encoded', async () => {
  const image = fc
    .record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) })
    .chain(({ width, height }) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        pixels: fc.uint8Array({ minLength: width * height, maxLength: width * height }),
      }),
    );
  await fc.assert(
    fc.asyncProperty(image, async ({ width, height, pixels }) => {
      const { data, info } = await sharp(encodeGreyPng(pixels, width, height))
        .toColourspace('b-w')
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([width, height, 1]);
      expect(new Uint8Array(data)).toEqual(pixels);
    }),
    { numRuns: 50 },
  );
});

test('pixels that do not fill the image are refused', () => {
  expect(() => encodeGreyPng(new Uint8Array(5), 2, 3)).toThrow('expected 2 x 3 pixels, got 5');
});
