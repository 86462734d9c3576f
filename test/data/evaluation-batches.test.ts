import { describe, expect, test } from 'vitest';
import { evaluationBatches } from '../../src/data/evaluation-batches.js';
import { memoryReader } from './samples.js';

describe('evaluation batches', () => {
  test('give the images as they are and in the order asked for, the last batch partial', () => {
    const reader = memoryReader(2, (index) => index);
    const batches = [...evaluationBatches(reader, 'validation', Int32Array.of(4, 0, 7, 2, 9), 2)];
    expect(batches.map(({ count }) => count)).toEqual([2, 2, 1]);
    expect(batches.map(({ indices }) => [...indices])).toEqual([[4, 0], [7, 2], [9]]);
    expect([...(batches[0]?.images ?? [])]).toEqual([...Array(12).fill(4), ...Array(12).fill(0)]);
    expect([...(batches[2]?.images ?? [])]).toEqual(Array(12).fill(9));
  });

  test('of no images are none; of no size are refused', () => {
    const reader = memoryReader(2, () => 0);
    expect([...evaluationBatches(reader, 'test', new Int32Array(), 2)]).toEqual([]);
    expect(() => evaluationBatches(reader, 'test', Int32Array.of(1), 0).next()).toThrow(RangeError);
  });
});
