import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashStream } from '../../src/data/random.js';
import { type Box, Resampler, randomBox } from '../../src/data/resized-crop.js';
import type { ImageSize } from '../../src/data/types.js';
import { pattern } from './samples.js';

/** Bilinear between the centres of pixels, in real numbers. */
function expected(source: Uint8Array, size: ImageSize, box: Box, side: number): number[] {
  const axis = (place: number, begin: number, length: number, most: number) => {
    const at = Math.min(most - 1, Math.max(0, begin + ((place + 0.5) * length) / side - 0.5));
    const first = Math.min(most - 2, Math.floor(at));
    return { first, weight: at - first };
  };
  const values: number[] = [];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const across = axis(x, box.left, box.width, size.width);
      const down = axis(y, box.top, box.height, size.height);
      for (let channel = 0; channel < 3; channel++) {
        const at = (row: number, column: number) => source[(row * size.width + column) * 3 + channel] ?? Number.NaN;
        const along = (row: number) =>
          at(row, across.first) * (1 - across.weight) + at(row, across.first + 1) * across.weight;
        values.push(along(down.first) * (1 - down.weight) + along(down.first + 1) * down.weight);
      }
    }
  }
  return values;
}

const sizes = fc.record({ width: fc.integer({ min: 2, max: 24 }), height: fc.integer({ min: 2, max: 24 }) });

describe('a random box', () => {
  it('lies within the image, has the area asked for and an aspect from 3/4 to 4/3', () => {
    fc.assert(
      fc.property(sizes, fc.double({ min: 0.05, max: 1, noNaN: true }), fc.integer(), (size, least, seed) => {
        const { left, top, width, height } = randomBox(size, least, new HashStream(seed));
        const slack = 1e-9;
        expect(left >= 0 && top >= 0).toBe(true);
        expect(left + width <= size.width + slack && top + height <= size.height + slack).toBe(true);
        expect(width / height).toBeGreaterThan(3 / 4 - slack);
        expect(width / height).toBeLessThan(4 / 3 + slack);
        // A long image may have room for centred boxes only.
        const isUsual = Math.abs(Math.log(size.width / size.height)) <= Math.log(4 / 3);
        if (isUsual && least < 0.5)
          expect((width * height) / (size.width * size.height)).toBeGreaterThan(least - slack);
      }),
    );
  });

  it('has every area alike', () => {
    const random = new HashStream(5);
    const areas = Array.from({ length: 4000 }, () => {
      const { width, height } = randomBox({ width: 40, height: 30 }, 0.2, random);
      return (width * height) / 1200;
    });
    for (const [from, to] of [
      [0.2, 0.4],
      [0.4, 0.6],
    ] as const) {
      const share = areas.filter((area) => area >= from && area < to).length / areas.length;
      // Boxes of large areas fit less often than small ones; of these all do.
      expect(share).toBeGreaterThan(0.2);
      expect(share).toBeLessThan(0.4);
    }
    expect(Math.max(...areas)).toBeGreaterThan(0.9);
  });
});

describe('resampling', () => {
  it('is bilinear, to a byte, in an image of any form, and touches nothing else', () => {
    const cases = fc.record({
      size: sizes,
      side: fc.integer({ min: 1, max: 20 }),
      least: fc.double({ min: 0.05, max: 1, noNaN: true }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(cases, ({ size, side, least, seed }) => {
        const source = pattern(size.width, size.height);
        const box = randomBox(size, least, new HashStream(seed));
        const target = new Uint8Array(side * side * 3 + 8).fill(9);
        new Resampler(side).resample(source, size, box, false, target, 4);
        const values = expected(source, size, box, side);
        // Weights are 256ths: half a step of both axes.
        for (const [place, value] of values.entries())
          expect(Math.abs((target[place + 4] ?? 0) - value)).toBeLessThan(1.6);
        expect([...target.subarray(0, 4), ...target.subarray(-4)]).toEqual(Array(8).fill(9));
      }),
      { numRuns: 300 },
    );
  });

  it('of the whole image at its own side changes nothing', () => {
    const source = pattern(9, 9);
    const target = new Uint8Array(source.length);
    const whole = { left: 0, top: 0, width: 9, height: 9 };
    new Resampler(9).resample(source, { width: 9, height: 9 }, whole, false, target, 0);
    expect([...target]).toEqual([...source]);
  });

  it('mirrors where it is told to', () => {
    const [size, box] = [
      { width: 11, height: 8 },
      { left: 1.5, top: 0.25, width: 7, height: 6 },
    ];
    const [plain, mirrored] = [new Uint8Array(6 * 6 * 3), new Uint8Array(6 * 6 * 3)];
    const resampler = new Resampler(6);
    resampler.resample(pattern(11, 8), size, box, false, plain, 0);
    resampler.resample(pattern(11, 8), size, box, true, mirrored, 0);
    const turned = Array.from({ length: 36 }, (_, pixel) => {
      const from = (pixel - (pixel % 6) + 5 - (pixel % 6)) * 3;
      return [...plain.subarray(from, from + 3)];
    });
    expect([...mirrored]).toEqual(turned.flat());
  });
});
