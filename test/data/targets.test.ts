import { describe, expect, test } from 'vitest';
import { mixedPart, smoothedTargets } from '../../src/data/targets.js';

describe('smoothed targets', () => {
  test('spread the smoothing over all classes, the label among them', () => {
    const targets = smoothedTargets(Int32Array.of(1, 0), 4, 0.2);
    for (const [place, value] of [0.05, 0.85, 0.05, 0.05, 0.85, 0.05, 0.05, 0.05].entries())
      expect(targets[place]).toBeCloseTo(value, 6);
  });

  test('are one-hot without smoothing', () => {
    expect([...smoothedTargets(Int32Array.of(2), 3, 0)]).toEqual([0, 0, 1]);
  });

  test('of mixtures give each label its share, also where both are the same', () => {
    const mixed = { others: Int32Array.of(2, 0, 1), shares: Float32Array.of(0.75, 0.5, 1) };
    const targets = smoothedTargets(Int32Array.of(0, 0, 2), 3, 0, mixed);
    expect([...targets]).toEqual([0.75, 0, 0.25, 1, 0, 0, 0, 0, 1]);
    const smoothed = smoothedTargets(Int32Array.of(0), 3, 0.3, mixedPart(mixed, 0, 1));
    for (const [place, value] of [0.625, 0.1, 0.275].entries()) expect(smoothed[place]).toBeCloseTo(value, 6);
  });

  test('of a part of a batch are those of its rows', () => {
    const mixed = { others: Int32Array.of(2, 0, 1), shares: Float32Array.of(0.75, 0.5, 0.25) };
    expect([...smoothedTargets(Int32Array.of(0, 2), 3, 0, mixedPart(mixed, 1, 3))]).toEqual([1, 0, 0, 0, 0.75, 0.25]);
  });

  test('refuse labels that are no class', () => {
    expect(() => smoothedTargets(Int32Array.of(3), 3, 0)).toThrow(/label below 3/);
    const mixed = { others: Int32Array.of(5), shares: Float32Array.of(0.5) };
    expect(() => smoothedTargets(Int32Array.of(0), 3, 0, mixed)).toThrow(/label below 3, got 5/);
  });
});
