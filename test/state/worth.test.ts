import { expect, it } from 'vitest';
import { countless } from '../../src/state/statistics.js';
import { accuracyOf, worth, worthVariance } from '../../src/state/worth.js';

it('worth grows with accuracy, and back', () => {
  expect(worth(0.9)).toBeGreaterThan(worth(0.8));
  expect(accuracyOf(worth(0.37))).toBeCloseTo(0.37, 12);
});

it('the variance of a worth is that of the share of so many images by the slope, and none where scores are taken as they stand', () => {
  const slope = (worth(0.9001) - worth(0.8999)) / 0.0002;
  expect(worthVariance(0.9, 100_000)).toBeCloseTo(((0.9 * 0.1) / 100_000) * slope ** 2, 6);
  // One image of each kind added: also where all were right, more of them may not be.
  expect(worthVariance(1, 200)).toBeGreaterThan(0);
  expect(worthVariance(0.9, countless)).toBe(0);
});
