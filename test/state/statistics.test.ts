import { describe, expect, it } from 'vitest';
import { correlation, deviation, mean } from '../../src/state/statistics.js';

describe('mean and deviation', () => {
  it('are those of a whole population, and 0 of nothing', () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(deviation([1, 2, 6])).toBeCloseTo(Math.sqrt(14 / 3), 12);
    expect([mean([]), deviation([])]).toEqual([0, 0]);
  });
});

describe('a correlation', () => {
  it('is 1 on a rising line, −1 on a falling one, less beside it', () => {
    const x = [1, 2, 3, 4];
    expect(correlation(x, [3, 5, 7, 9])).toBeCloseTo(1, 12);
    expect(correlation(x, [9, 7, 5, 3])).toBeCloseTo(-1, 12);
    expect(correlation(x, [1, 3, 2, 4])).toBeCloseTo(0.8, 12);
  });

  it('is 0 where one of both never varies', () => {
    expect(correlation([1, 2, 3], [5, 5, 5])).toBe(0);
  });
});
