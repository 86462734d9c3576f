import { describe, expect, test } from 'vitest';
import { smoothedTargets } from '../../src/data/targets.js';

describe('smoothed targets', () => {
  test('spread the smoothing over all classes, so that rows sum to 1', () => {
    const targets = smoothedTargets(Int32Array.of(1, 0), 4, 0.2);
    const expected = [0.05, 0.85, 0.05, 0.05, 0.85, 0.05, 0.05, 0.05];
    for (const [place, value] of expected.entries()) expect(targets[place]).toBeCloseTo(value, 6);
  });

  test('without smoothing are one-hot', () => {
    expect([...smoothedTargets(Int32Array.of(2), 3, 0)]).toEqual([0, 0, 1]);
  });

  test('are written where they shall go, over what stood there', () => {
    const out = new Float32Array(4).fill(9);
    expect(smoothedTargets(Int32Array.of(0, 1), 2, 0, out)).toBe(out);
    expect([...out]).toEqual([1, 0, 0, 1]);
  });

  test('refuse a label that is no class and an array of the wrong size', () => {
    expect(() => smoothedTargets(Int32Array.of(3), 3, 0)).toThrow(/label below 3/);
    expect(() => smoothedTargets(Int32Array.of(0), 3, 0, new Float32Array(2))).toThrow(/room for 3/);
  });
});
