import { describe, expect, it } from 'vitest';
import type { PointSpace } from '../../src/model/point.js';
import { type Climb, Step } from '../../src/model/step.js';

const space: PointSpace = { dimensions: 1, isChoice: [false], values: [0], pointOf: () => new Float64Array(1) };
const exact = { below: 0, here: 0 };
const climbs = (gainOf: (x: number, below: number) => number): readonly Climb[] =>
  Array.from({ length: 16 }, (_, index) => {
    const [x, below] = [(index * 0.618) % 1, 1 + ((index * 0.7549) % 1)];
    return { point: Float64Array.of(x), below, here: below + gainOf(x, below), variances: exact, at: index };
  });
const gainAt = (step: Step, x: number, below: number) =>
  step.byLine(below) + (step.predict([Float64Array.of(x)])[0]?.mean ?? Number.NaN);

describe('a step', () => {
  it('foretells gains that differ by configuration', () => {
    const step = new Step(
      space,
      1,
      climbs((x) => 0.2 + 0.5 * x),
      0.3,
      new Map(),
    );
    expect(gainAt(step, 0.9, 1.5)).toBeCloseTo(0.65, 1);
    expect(gainAt(step, 0.1, 1.5)).toBeCloseTo(0.25, 1);
  });

  it('foretells gains that differ by what a trial has already', () => {
    const step = new Step(
      space,
      1,
      climbs((_, below) => 1 - 0.4 * below),
      0.3,
      new Map(),
    );
    expect(step.byLine(1.8)).toBeLessThan(step.byLine(1.2) - 0.03);
  });

  it('says what a trial had before that has so much now', () => {
    const step = new Step(
      space,
      1,
      climbs((x, below) => 0.8 + 0.2 * x - 0.3 * below),
      0.3,
      new Map(),
    );
    const gain = step.predict([Float64Array.of(0.5)])[0]?.mean ?? Number.NaN;
    expect(step.before(1.4 + step.byLine(1.4) + gain, gain)).toBeCloseTo(1.4, 12);
  });

  it('carries what is not known below on by its line: where those that are good gain less, less of it is left', () => {
    const all = climbs((_, below) => 1 - 0.4 * below);
    const step = new Step(space, 1, all, 0.3, new Map());
    const [low, high] = [1.4, 1.6].map((mean) => step.next({ mean, variance: 0.01 }, { mean: 0.2, variance: 0.03 }));
    const stretch = ((high?.mean ?? 0) - (low?.mean ?? 0)) / 0.2;
    expect(stretch).toBeLessThan(0.9);
    expect(low?.variance).toBeCloseTo(stretch ** 2 * 0.01 + 0.03, 12);
  });

  it('believes before there are promotions that training helps, not how much for whom', () => {
    const step = new Step(space, 1, [], 0.3, new Map());
    const [prediction] = step.predict([Float64Array.of(0.5)]);
    expect(prediction?.mean).toBeGreaterThan(0);
    expect(Math.sqrt(prediction?.variance ?? 0)).toBeGreaterThan(0.3);
    expect(step.byLine(5)).toBe(0);
  });
});
