import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aspectOf, storedBytes, storedBytesOf, storedSize } from '../../../src/data/pack/stored-size.js';

const sides = fc.integer({ min: 1, max: 2000 });

describe('a stored image', () => {
  test('has the short side asked for and a long side of at most 4/3 of it', () => {
    fc.assert(
      fc.property(sides, sides, fc.integer({ min: 1, max: 512 }), (width, height, side) => {
        const stored = storedSize(aspectOf({ width, height }), side);
        expect(Math.min(stored.width, stored.height)).toBe(side);
        expect(3 * Math.max(stored.width, stored.height)).toBeLessThanOrEqual(4 * side);
      }),
    );
  });

  test('keeps the shape of its source where that is not longer, to a pixel', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 512 }), fc.double({ min: 1, max: 4 / 3, noNaN: true }), (side, ratio) => {
        const source = { width: Math.round(3000 * ratio), height: 3000 };
        const { width } = storedSize(aspectOf(source), side);
        expect(Math.abs(width - Math.min(side * ratio, Math.floor((4 * side) / 3)))).toBeLessThanOrEqual(1);
        const turned = { width: source.height, height: source.width };
        expect(Math.abs(storedSize(aspectOf(turned), side).height - width)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('of a square takes no more than its square', () => {
    expect(storedSize(aspectOf({ width: 28, height: 28 }), 28)).toEqual({ width: 28, height: 28 });
    expect(storedBytesOf([], 70_000, 28)).toBe(70_000 * 28 * 28 * 3);
  });

  test('takes its bytes beside others of other shapes', () => {
    expect(storedBytes(1333, 96)).toBe(128 * 96 * 3);
    expect(storedBytesOf([1000, 750, 1333], 3, 96)).toBe((96 + 128 + 128) * 96 * 3);
  });
});
