import { expect, it } from 'vitest';
import { accuracyOf, worth } from '../../src/state/worth.js';

it('worth grows with accuracy, and back', () => {
  expect(worth(0.9)).toBeGreaterThan(worth(0.8));
  expect(accuracyOf(worth(0.37))).toBeCloseTo(0.37, 12);
});
