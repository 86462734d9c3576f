import { expect, test } from 'vitest';
import { imageId, splitClass } from '../../../src/data/example/split.js';

const count = (splits: readonly string[], split: string): number => splits.filter((one) => one === split).length;

test('a class of 7,000 gives 4,800 train, 1,200 validation and 1,000 test images', () => {
  const splits = splitClass(3, 7000);
  expect(['train', 'validation', 'test'].map((split) => count(splits, split))).toEqual([4800, 1200, 1000]);
});

test('the split is the same every time and another one for another class', () => {
  expect(splitClass(3, 700)).toEqual(splitClass(3, 700));
  expect(splitClass(3, 700)).not.toEqual(splitClass(4, 700));
});

test('the split is shuffled, not cut from one end', () => {
  const splits = splitClass(0, 7000);
  const inFirstHalf = count(splits.slice(0, 3500), 'test');
  expect(inFirstHalf).toBeGreaterThan(400);
  expect(inFirstHalf).toBeLessThan(600);
});

test('all 70,000 ids differ and are ten characters 0-9a-z', () => {
  const ids = Array.from({ length: 70_000 }, (_, image) => imageId(image % 10, Math.floor(image / 10)));
  expect(new Set(ids).size).toBe(70_000);
  expect(ids.every((id) => /^[0-9a-z]{10}$/.test(id))).toBe(true);
});
