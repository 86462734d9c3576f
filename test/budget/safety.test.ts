import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secondsToKeep } from '../../src/budget/safety.js';

const alike = (count: number): readonly number[] => Array.from({ length: count }, () => 2);

describe('the seconds to keep for what was measured', () => {
  it('are the guess where nothing was measured, and none where nothing is left to be done', () => {
    expect(secondsToKeep([], 3, 0.5)).toBe(1.5);
    expect(secondsToKeep([4, 5], 0, 0.5)).toBe(0);
  });

  it('are half as much again after one measurement, and close to the mean once many agree', () => {
    expect(secondsToKeep(alike(1), 10, 0)).toBeCloseTo(30, 9);
    expect(secondsToKeep(alike(12), 10, 0)).toBeLessThan(1.05 * 20);
  });

  it('shrink with every measurement that agrees', () => {
    for (let count = 1; count < 30; count++)
      expect(secondsToKeep(alike(count + 1), 1, 0)).toBeLessThan(secondsToKeep(alike(count), 1, 0));
  });

  it('grow with what measurements differ by, less so the more often the thing is done', () => {
    const calm = [1.9, 2, 2.1, 2];
    const noisy = [1, 3, 1, 3];
    const added = (samples: readonly number[], times: number) => secondsToKeep(samples, times, 0) / times - 2.25;
    expect(added(calm, 1)).toBeGreaterThan(0);
    expect(added(noisy, 1)).toBeGreaterThan(5 * added(calm, 1));
    expect(added(noisy, 100)).toBeLessThan(added(noisy, 1) / 2);
  });

  it('are never less than the mean', () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 1000 }), (given, times) => {
        const mean = given.reduce((sum, value) => sum + value, 0) / given.length;
        expect(secondsToKeep(given, times, 0)).toBeGreaterThanOrEqual(times * mean * (1 - 1e-12));
      }),
    );
  });
});
