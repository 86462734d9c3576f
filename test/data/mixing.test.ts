import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mixImages } from '../../src/data/mixing.js';
import { HashStream } from '../../src/data/random.js';

const bytes = (side: number) => fc.uint8Array({ minLength: side * side * 3, maxLength: side * side * 3 });
const pairs = fc
  .integer({ min: 1, max: 9 })
  .chain((side) => fc.record({ side: fc.constant(side), image: bytes(side), other: bytes(side), seed: fc.integer() }));

describe('mixup', () => {
  it('blends all pixels in the shares of the labels, to a byte, at any side', () => {
    fc.assert(
      fc.property(pairs, ({ side, image, other, seed }) => {
        const target = new Uint8Array(image.length);
        const share = mixImages(image, other, target, side, { mixup: 1, cutmix: 0 }, new HashStream(seed));
        expect(share >= 0 && share <= 1).toBe(true);
        for (const [place, value] of target.entries()) {
          const exact = share * (image[place] ?? 0) + (1 - share) * (other[place] ?? 0);
          expect(Math.abs(value - exact)).toBeLessThanOrEqual(0.5);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('CutMix', () => {
  it('puts one box of the other image into the first, and gives the labels the shares of the areas', () => {
    let cut = 0;
    for (let seed = 0; seed < 300; seed++) {
      const side = 12;
      const [image, other] = [new Uint8Array(side * side * 3).fill(1), new Uint8Array(side * side * 3).fill(2)];
      const target = new Uint8Array(image.length);
      const share = mixImages(image, other, target, side, { mixup: 0, cutmix: 1 }, new HashStream(seed));
      const pasted = Array.from({ length: side * side }, (_, pixel) => pixel).filter(
        (pixel) => target[pixel * 3] === 2,
      );
      expect(target.every((value, place) => value === target[place - (place % 3)])).toBe(true);
      expect(share).toBeCloseTo(1 - pasted.length / side ** 2, 10);
      if (pasted.length === 0) continue;
      cut++;
      const [columns, rows] = [pasted.map((pixel) => pixel % side), pasted.map((pixel) => Math.floor(pixel / side))];
      const area = (Math.max(...columns) - Math.min(...columns) + 1) * (Math.max(...rows) - Math.min(...rows) + 1);
      expect(area).toBe(pasted.length);
    }
    expect(cut).toBeGreaterThan(250);
  });

  it('shares the images with mixup where both are asked for', () => {
    const side = 8;
    const [image, other] = [new Uint8Array(side * side * 3).fill(0), new Uint8Array(side * side * 3).fill(255)];
    const isBlend = Array.from({ length: 400 }, (_, seed) => {
      const target = new Uint8Array(image.length);
      mixImages(image, other, target, side, { mixup: 1, cutmix: 1 }, new HashStream(seed));
      return target.some((value) => value !== 0 && value !== 255);
    });
    const share = isBlend.filter(Boolean).length / isBlend.length;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });
});
