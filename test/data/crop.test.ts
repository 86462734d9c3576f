import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyShifted } from '../../src/data/crop.js';
import { pattern } from './samples.js';

/** The definition, pixel by pixel: the crop of a reflect-padded image. */
function expected(source: Uint8Array, side: number, dx: number, dy: number): number[] {
  const reflect = (index: number) => (index < 0 ? -index : index < side ? index : 2 * side - 2 - index);
  const bytes: number[] = [];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const pixel = reflect(y + dy) * side + reflect(x + dx);
      bytes.push(...source.subarray(pixel * 3, pixel * 3 + 3));
    }
  }
  return bytes;
}

describe('a shifted copy', () => {
  test('is the crop of the reflect-padded image, and touches nothing else', () => {
    const shifts = fc.integer({ min: 1, max: 9 }).chain((side) =>
      fc.record({
        side: fc.constant(side),
        dx: fc.integer({ min: 1 - side, max: side - 1 }),
        dy: fc.integer({ min: 1 - side, max: side - 1 }),
      }),
    );
    fc.assert(
      fc.property(shifts, ({ side, dx, dy }) => {
        const source = pattern(side, side);
        const target = new Uint8Array(source.length + 10).fill(77);
        copyShifted(source, side, target, 5, { dx, dy });
        expect([...target]).toEqual([...Array(5).fill(77), ...expected(source, side, dx, dy), ...Array(5).fill(77)]);
      }),
      { numRuns: 500 },
    );
  });
});
