import { describe, expect, it } from 'vitest';
import { lastDivisor, quotaOf } from '../../src/scheduler/quota.js';

describe('the part of a rung that goes on', () => {
  it('is the best 1/eta', () => {
    expect([2, 3, 8, 9].map((ended) => quotaOf(3)(0, ended))).toEqual([0, 1, 2, 3]);
  });
});

describe('the part of the last rung but one that is trained to the end', () => {
  it('is 1/eta where that rung ranks well, and all of it where it does not rank', () => {
    expect(lastDivisor(3, { correlation: 0.95, trials: 10 })).toBe(3);
    expect(lastDivisor(3, { correlation: 0.1, trials: 10 })).toBe(1);
    expect(lastDivisor(4, { correlation: -0.5, trials: 4 })).toBe(1);
  });

  it('is in between before anything is known, and moves with what few trials say', () => {
    const divisors = [null, { correlation: 0.2, trials: 4 }, { correlation: 0.2, trials: 40 }].map((measured) =>
      lastDivisor(3, measured),
    );
    expect(divisors[0]).toBeGreaterThan(2);
    expect(divisors[0]).toBeLessThan(3);
    expect(divisors.toSorted((a, b) => b - a)).toEqual(divisors);
  });
});
