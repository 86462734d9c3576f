import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { axis } from '../../src/data/axis.js';

describe('an axis', () => {
  test('of as many pixels takes each as it is', () => {
    const { firsts, weights } = axis(5, 0, 5, 5);
    for (const [index, row] of weights.entries()) {
      expect(
        row.map((weight, tap) => [(firsts[index] ?? 0) + tap, weight]).filter(([, weight]) => weight !== 0),
      ).toEqual([[index, 1]]);
    }
  });

  test('to half the pixels weighs by a triangle of four pixels', () => {
    const { firsts, weights } = axis(8, 0, 8, 4);
    expect(firsts[1]).toBe(1);
    expect(weights[1]?.map((weight) => weight * 8)).toEqual([1, 3, 3, 1]);
  });

  test('to more pixels interpolates between the centres', () => {
    const { firsts, weights, taps } = axis(4, 0, 4, 8);
    expect([taps, firsts[2], weights[2], firsts[3], weights[3]]).toEqual([2, 0, [0.25, 0.75], 1, [0.75, 0.25]]);
    // Beyond the outermost centres there is nothing between which to interpolate.
    expect([weights[0], weights[7]]).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test('stays within the old pixels, with weights that sum to 1 and are centred where they should be', () => {
    const cases = fc.record({
      from: fc.integer({ min: 1, max: 300 }),
      to: fc.integer({ min: 1, max: 300 }),
      cut: fc.double({ min: 0, max: 0.9, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ from, to, cut }) => {
        const begin = (from * cut) / 2;
        const { firsts, weights, taps } = axis(from, begin, from - begin, to);
        expect([firsts.length, weights.length]).toEqual([to, to]);
        const scale = (from - 2 * begin) / to;
        for (const [index, row] of weights.entries()) {
          const first = firsts[index] ?? -1;
          expect(row).toHaveLength(taps);
          const used = row.map((weight, tap) => ({ weight, at: first + tap })).filter(({ weight }) => weight > 0);
          expect(first).toBeGreaterThanOrEqual(0);
          expect(used.every(({ at }) => at < from)).toBe(true);
          expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
          const centre = begin + (index + 0.5) * scale - 0.5;
          const mean = used.reduce((sum, { weight, at }) => sum + weight * at, 0);
          const reach = Math.max(1, scale);
          if (centre > reach && centre < from - 1 - reach) expect(Math.abs(mean - centre)).toBeLessThan(0.5);
        }
      }),
    );
  });
});
