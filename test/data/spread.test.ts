import { expect, test } from 'vitest';
import { spread } from '../../src/data/spread.js';

test('items are spread evenly over all, from the first one on', () => {
  const items = Array.from({ length: 63 }, (_, index) => index);
  const taken = spread(items, 32);
  expect(taken).toHaveLength(32);
  expect([taken[0], taken.at(-1)]).toEqual([0, 61]);
  const steps = taken.slice(1).map((item, index) => item - (taken[index] ?? 0));
  expect(new Set(steps)).toEqual(new Set([1, 2]));
  expect(spread(items, 100)).toEqual(items);
  expect(spread([], 5)).toEqual([]);
});
