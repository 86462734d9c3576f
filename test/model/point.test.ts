import { describe, expect, it } from 'vitest';
import { pointSpace, squaredDifference } from '../../src/model/point.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';

const space = searchSpaceFromPlain({
  name: 'points',
  parameters: {
    resolution: 32,
    'optimizer.learningRate': { type: 'float', low: 0.01, high: 1, log: true },
    'network.width': { type: 'choice', values: [64, 16, 32], default: 16 },
    'network.family': { type: 'choice', values: ['residual', 'plain', 'mobile'] },
    'network.squeezeExcite': { type: 'choice', values: [false, 16, 64] },
  },
});
const { dimensions, isChoice, values, pointOf } = pointSpace(space);
const point = (width: number, family = 'residual', squeeze: number | false = 16) =>
  pointOf({
    resolution: 32,
    'optimizer.learningRate': 0.1,
    'network.width': width,
    'network.family': family,
    'network.squeezeExcite': squeeze,
  });
const difference = (a: Float64Array, b: Float64Array, index: number) =>
  squaredDifference(a[index] ?? Number.NaN, b[index] ?? Number.NaN, isChoice[index] ?? false);

describe('a configuration as models see it', () => {
  it('leaves constants out and puts numbers on the unit interval, on the scale of their parameter', () => {
    expect(dimensions).toBe(4);
    expect(point(16)[0]).toBeCloseTo(0.5);
  });

  it('takes a choice among numbers for a number: near ones are alike, in whatever order they are listed', () => {
    expect(isChoice).toEqual([false, false, true, true]);
    expect(values).toEqual([0, 0, 3, 3]);
    expect([16, 32, 64].map((width) => point(width)[1])).toEqual([0, 0.5, 1]);
    expect(difference(point(16), point(32), 1)).toBe(0.25);
    expect(difference(point(16), point(64), 1)).toBe(1);
  });

  it('knows no order of other choices, nor where only some of the values are numbers', () => {
    for (const other of ['plain', 'mobile']) expect(difference(point(16), point(16, other), 2)).toBe(1);
    for (const other of [false, 64] as const) {
      expect(difference(point(16), point(16, 'residual', other), 3)).toBe(1);
    }
  });

  it('counts a parameter that only one of both has as wholly different, and one that none has as alike', () => {
    const [without, other] = [pointOf({ 'network.width': 16 }), pointOf({ 'network.width': 64 })];
    expect(difference(without, point(16), 0)).toBe(1);
    expect(difference(without, other, 0)).toBe(0);
  });
});
