import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rungCost } from '../../src/scheduler/cost.js';
import {
  averageRate,
  learningRateFactor,
  peakLearningRate,
  rungSegments,
  type Schedule,
} from '../../src/training/schedule.js';

const shapes: readonly Schedule['shape'][] = ['linear', 'cosine', 'one-minus-sqrt', 'rex'];
const schedule = fc.record({
  shape: fc.constantFrom(...shapes),
  warmup: fc.double({ min: 0, max: 0.5, noNaN: true }),
  hold: fc.double({ min: 0, max: 0.9, noNaN: true }),
});
const recipe = { 'schedule.shape': 'linear', 'schedule.warmup': 0.1 } as const;

describe('learningRateFactor', () => {
  it('is exactly zero at the end, whatever the schedule', () => {
    fc.assert(
      fc.property(schedule, (any) => {
        expect(learningRateFactor(any, 1)).toBe(0);
      }),
    );
  });

  it('stays between 0 and 1, rises in the warm-up, and never rises after it', () => {
    fc.assert(
      fc.property(
        schedule,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (any, a, b) => {
          const [early, late] = a < b ? [a, b] : [b, a];
          const [first, second] = [learningRateFactor(any, early), learningRateFactor(any, late)];
          expect(Math.min(first, second)).toBeGreaterThanOrEqual(0);
          expect(Math.max(first, second)).toBeLessThanOrEqual(1);
          if (late < any.warmup) expect(second).toBeGreaterThanOrEqual(first);
          if (early >= any.warmup) expect(second).toBeLessThanOrEqual(first);
        },
      ),
    );
  });

  it('warms up from a tenth, holds its part of the rest, then falls', () => {
    const held = { shape: 'linear', warmup: 0.2, hold: 0.5 } as const;
    expect([0, 0.1, 0.2, 0.6, 0.8].map((f) => learningRateFactor(held, f))).toEqual([
      0.1,
      0.55,
      1,
      1,
      expect.closeTo(0.5, 10),
    ]);
  });

  it('falls by the named shape', () => {
    const at = (shape: Schedule['shape']) => learningRateFactor({ shape, warmup: 0, hold: 0 }, 0.25);
    expect(shapes.map(at)).toEqual([0.75, expect.closeTo((1 + Math.SQRT1_2) / 2, 10), 0.5, expect.closeTo(6 / 7, 10)]);
  });

  it('takes no part that is no number in [0, 1], but rounding errors', () => {
    for (const shape of shapes) {
      const at = (fraction: number) => learningRateFactor({ shape, warmup: 0.1, hold: 0 }, fraction);
      for (const wrong of [Number.NaN, -0.01, 1.01]) expect(() => at(wrong)).toThrow(RangeError);
      expect([at(-1e-12), at(1 + 1e-12)]).toEqual([at(0), 0]);
    }
  });
});

describe('the segments of a rung', () => {
  const step = (from: number, to: number, cooldown = 0.2) => ({ from, to, anneal: 'trunk', cooldown }) as const;

  it('add up to the cost of the rung', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.constantFrom('trunk' as const, 'restart' as const),
        (from, more, cooldown, anneal) => {
          const rung = { from, to: from + more, anneal, cooldown };
          const length = rungSegments(rung, recipe, (1 - cooldown) * from).reduce((sum, part) => sum + part.length, 0);
          expect(length).toBeCloseTo(rungCost(rung), 6);
        },
      ),
    );
  });

  it('are a trunk at the constant peak and a cooldown to zero', () => {
    const [trunk, cooldown] = rungSegments(step(10, 30), recipe, 8);
    expect(trunk).toMatchObject({ name: 'trunk', length: 16 });
    expect([0, 0.5, 1].map((f) => trunk?.factor(f))).toEqual([1, 1, 1]);
    expect(cooldown).toMatchObject({ name: 'cooldown', length: 6 });
    expect([0, 0.5, 1].map((f) => cooldown?.factor(f))).toEqual([1, 0.5, 0]);
  });

  it('warm up only in the first rung, over its part of that rung', () => {
    const [trunk] = rungSegments(step(0, 10), recipe, 0);
    expect([0, 0.0625, 0.125, 1].map((f) => trunk?.factor(f))).toEqual([0.1, 0.55, 1, 1]);
    expect(() => trunk?.factor(Number.NaN)).toThrow(RangeError);
  });

  it('go on in the middle of an interrupted warm-up', () => {
    const [trunk] = rungSegments(step(0, 10), recipe, 0.5);
    expect(trunk?.length).toBe(7.5);
    expect(trunk?.factor(0)).toBe(0.55);
  });

  it('warm up in a later rung, too, where it begins with fresh weights, and go on in the middle of that', () => {
    const [fresh] = rungSegments(step(10, 30), recipe, 0);
    expect([0, 0.0625, 0.125, 1].map((f) => fresh?.factor(f))).toEqual([0.1, 0.55, 1, 1]);
    const [interrupted] = rungSegments(step(10, 30), recipe, 1.5);
    expect(interrupted?.factor(0)).toBe(0.55);
  });

  it('leave out a trunk that is complete', () => {
    expect(rungSegments(step(0, 10), recipe, 8).map(({ name }) => name)).toEqual(['cooldown']);
  });

  it('warm up in the cooldown when all of the rung cools down', () => {
    const [cooldown, ...more] = rungSegments(step(10, 20, 1), recipe, 0);
    expect(more).toEqual([]);
    expect([0, 0.05, 0.1, 1].map((f) => cooldown?.factor(f))).toEqual([0.1, 0.55, 1, 0]);
  });

  it('are one whole schedule when every rung restarts', () => {
    const [whole, ...more] = rungSegments({ ...step(10, 20), anneal: 'restart' }, recipe, 0);
    expect(more).toEqual([]);
    expect(whole).toMatchObject({ name: 'whole', length: 20 });
    expect([0, 0.1, 1].map((f) => whole?.factor(f))).toEqual([0.1, 1, 0]);
  });
});

describe('rates that depend on the batch', () => {
  it('scale the learning rate with the batch, or its root where updates do not grow with the gradients', () => {
    const peak = (kind: 'nesterov' | 'adamw' | 'muon') =>
      peakLearningRate({ 'optimizer.kind': kind, 'optimizer.learningRate': 0.2, 'optimizer.batchSize': 64 });
    expect(peak('nesterov')).toBeCloseTo(0.05, 12);
    expect([peak('adamw'), peak('muon')]).toEqual([expect.closeTo(0.1, 12), expect.closeTo(0.1, 12)]);
  });

  it('average over the same number of images whatever the batch', () => {
    const late = 1e6;
    expect(averageRate(0.99, 128, late)).toBeCloseTo(0.01, 10);
    expect((1 - averageRate(0.99, 64, late)) ** 2).toBeCloseTo(1 - averageRate(0.99, 128, late), 10);
  });

  it('forget the fresh weights soon', () => {
    expect(averageRate(0.99, 128, 0)).toBeCloseTo(0.9, 10);
  });
});
