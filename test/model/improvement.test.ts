import { describe, expect, test } from 'vitest';
import { expectedImprovement } from '../../src/model/improvement.js';

describe('the expected improvement', () => {
  test('of a certain value is what it exceeds the threshold by', () => {
    expect(expectedImprovement(3, 0, 2)).toBe(1);
    expect(expectedImprovement(1, 0, 2)).toBe(0);
  });

  test('is the integral of what exceeds the threshold', () => {
    const [mean, deviation, threshold] = [0.3, 0.7, 0.9];
    let sum = 0;
    const step = 1e-4;
    for (let value = threshold + step / 2; value < 8; value += step) {
      const density = Math.exp(-(((value - mean) / deviation) ** 2) / 2) / (deviation * Math.sqrt(2 * Math.PI));
      sum += (value - threshold) * density * step;
    }
    expect(expectedImprovement(mean, deviation, threshold)).toBeCloseTo(sum, 6);
  });

  test('falls steadily to nothing far below the threshold, and never below it', () => {
    const values = Array.from({ length: 60 }, (_, index) => expectedImprovement(-index / 2, 1, 0));
    for (const [index, value] of values.entries()) {
      expect(value).toBeGreaterThan(0);
      if (index > 0) expect(value).toBeLessThan(values[index - 1] ?? 0);
    }
  });
});
