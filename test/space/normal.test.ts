import { describe, expect, test } from 'vitest';
import { normalDistribution, normalQuantile, truncatedNormal, truncatedNormalDensity } from '../../src/space/normal.js';

describe('the normal distribution', () => {
  test.each([
    [0, 0.5],
    [1, 0.8413447460685429],
    [-2, 0.0227501319481792],
    [-3.5, 0.000232629079035525],
    [-8, 6.22096057427178e-16],
    [-20, 2.75362411860623e-89],
  ])('of %s is %s, far tails included', (z, probability) => {
    expect(normalDistribution(z) / probability).toBeCloseTo(1, 12);
  });

  test('is symmetric and grows', () => {
    const points = Array.from({ length: 121 }, (_, index) => -6 + index / 10);
    for (const [index, z] of points.entries()) {
      expect(normalDistribution(z) + normalDistribution(-z)).toBeCloseTo(1, 14);
      if (index > 0) expect(normalDistribution(z)).toBeGreaterThan(normalDistribution(points[index - 1] ?? 0));
    }
  });
});

describe('the quantile', () => {
  test.each([1e-300, 1e-20, 1e-5, 0.02, 0.3, 0.5, 0.7, 0.9999])('undoes the distribution at %s', (probability) => {
    expect(normalDistribution(normalQuantile(probability)) / probability).toBeCloseTo(1, 11);
  });
});

describe('a normal distribution cut off at 0 and 1', () => {
  const draws = (mean: number, spread: number) =>
    Array.from({ length: 2000 }, (_, index) => truncatedNormal(mean, spread, (index + 0.5) / 2000));

  test.each([
    [0.5, 0.25],
    [0, 0.1],
    [1, 0.01],
    [0.3, 5],
  ])('around %s with spread %s has its density', (mean, spread) => {
    const density = truncatedNormalDensity(mean, spread);
    const points = draws(mean, spread);
    for (const [from, to] of [
      [0, 0.25],
      [0.25, 0.5],
      [0.5, 0.75],
      [0.75, 1],
    ] as const) {
      let mass = 0;
      for (let cell = 0; cell < 1000; cell++)
        mass += (density(from + ((cell + 0.5) / 1000) * (to - from)) * (to - from)) / 1000;
      const share = points.filter((point) => point >= from && point < to).length / points.length;
      expect(Math.abs(share - mass)).toBeLessThan(0.003);
    }
  });

  test('stays inside whatever the draw', () => {
    for (const uniform of [0, 1e-18, 1 - 2 ** -53]) {
      for (const mean of [0, 0.5, 1]) {
        const point = truncatedNormal(mean, 0.001, uniform);
        expect(point >= 0 && point <= 1).toBe(true);
      }
    }
  });
});
