import { expect, it } from 'vitest';
import { milestone } from '../../src/state/milestone.js';

it('a milestone is each of the first few, then one a fifth further, and never beyond what is there', () => {
  expect([0, 1, 4, 5, 6, 7, 8, 9, 10, 11].map((count) => milestone(count, 5))).toEqual([
    0, 1, 4, 5, 6, 6, 8, 8, 10, 10,
  ]);
  for (let count = 1; count < 500; count++) {
    const reached = milestone(count, 8);
    expect(reached).toBeLessThanOrEqual(count);
    expect(count).toBeLessThan(Math.max(9, Math.ceil(1.2 * reached)));
  }
});
