import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shrink } from '../../../src/data/pack/shrink.js';
import { pattern } from '../samples.js';

describe('shrinking', () => {
  test('to half the side averages squares of four pixels', () => {
    const source = pattern(4, 4);
    const result = shrink(source, 4, 2);
    for (let y = 0; y < 2; y++) {
      for (let x = 0; x < 2; x++) {
        for (let channel = 0; channel < 3; channel++) {
          const at = (dy: number, dx: number) => source[((2 * y + dy) * 4 + 2 * x + dx) * 3 + channel] ?? 0;
          const mean = (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
          expect(Math.abs((result[(y * 2 + x) * 3 + channel] ?? 0) - mean)).toBeLessThanOrEqual(0.5);
        }
      }
    }
  });

  test('weighs pixels that are cut by their area', () => {
    // A row of 3 pixels to 2: each new one has one whole pixel and half of the middle one.
    const column = [0, 90, 240].flatMap((value) => [value, value, value]);
    const result = shrink(Uint8Array.from([...column, ...column, ...column]), 3, 2);
    expect([...result].filter((_, place) => place % 3 === 0)).toEqual([30, 190, 30, 190]);
  });

  test('keeps one colour as it is, and everything at the same side', () => {
    const sides = fc
      .integer({ min: 1, max: 12 })
      .chain((from) => fc.tuple(fc.constant(from), fc.integer({ min: 1, max: from })));
    fc.assert(
      fc.property(sides, fc.integer({ min: 0, max: 255 }), ([from, to], value) => {
        const result = shrink(new Uint8Array(from * from * 3).fill(value), from, to);
        expect(result).toEqual(new Uint8Array(to * to * 3).fill(value));
        expect(shrink(pattern(from, from), from, from)).toEqual(new Uint8Array(pattern(from, from)));
      }),
    );
  });
});
