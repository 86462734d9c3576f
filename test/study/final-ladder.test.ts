import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FailureReason, failureReason } from '../../src/state/events.js';
import { type Candidate, finalStep } from '../../src/study/final-ladder.js';

const candidates: readonly [Candidate, ...Candidate[]] = [
  { trial: 4, resolution: 32 },
  { trial: 2, resolution: 24 },
];
const sides = [16, 24, 32];
const early = (reasons: readonly FailureReason[]) => reasons.map((reason) => ({ reason, savedPart: 0.5 }));
const step = (...reasons: readonly FailureReason[]) => finalStep(candidates, sides, early(reasons));
const whole = { learningRateFactor: 1, memoryShare: 1 };
const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

describe('the final training', () => {
  it('begins with the best configuration as it is', () => {
    expect(step()).toEqual({ trial: 4, resolution: 32, ...whole });
  });

  it('that runs out of memory halves the micro-batch twice, takes a smaller image, then the next-best configuration', () => {
    const seen = [1, 2, 3, 4].map((count) => step(...times(count, 'out-of-memory' as const)));
    expect(seen).toEqual([
      { trial: 4, resolution: 32, learningRateFactor: 1, memoryShare: 0.5 },
      { trial: 4, resolution: 32, learningRateFactor: 1, memoryShare: 0.25 },
      { trial: 4, resolution: 24, learningRateFactor: 1, memoryShare: 0.25 },
      { trial: 2, resolution: 24, ...whole },
    ]);
  });

  it('takes no smaller image where none is packed', () => {
    const failures = times(3, 'out-of-memory' as const);
    expect(finalStep(candidates, [32], early(failures))).toMatchObject({ trial: 2, memoryShare: 1 });
  });

  it('that diverges halves its learning rate once, then the next-best configuration has its turn', () => {
    expect(step('diverged')).toMatchObject({ trial: 4, learningRateFactor: 0.5 });
    expect(step('diverged', 'diverged')).toMatchObject({ trial: 2, learningRateFactor: 1 });
  });

  it('that diverges again with more of it saved than fresh weights could be trained has four turns', () => {
    const saved = { reason: 'diverged', savedPart: 0.6 } as const;
    const seen = [1, 2, 3, 4].map((count) => finalStep(candidates, sides, times(count, saved)));
    expect(seen).toMatchObject([
      { trial: 4, learningRateFactor: 0.5 },
      { trial: 4, learningRateFactor: 0.25 },
      { trial: 4, learningRateFactor: 0.125 },
      { trial: 2, learningRateFactor: 1 },
    ]);
    expect(finalStep(candidates, sides, [saved, ...early(['diverged'])])).toMatchObject({ trial: 2 });
  });

  it.each(['crash', 'hang', 'protocol', 'error', 'over-time'] as const)(
    'that ends by %s is tried again twice, then the next-best configuration has its turn',
    (reason) => {
      expect(step(reason, reason)).toMatchObject({ trial: 4, ...whole });
      expect(step(reason, reason, reason)).toMatchObject({ trial: 2 });
    },
  );

  it('comes back to the best configuration after the last, as carefully as it was left', () => {
    const all = [...times(4, 'out-of-memory' as const), ...times(3, 'crash' as const)];
    expect(step(...all)).toEqual({ trial: 4, resolution: 24, learningRateFactor: 1, memoryShare: 0.25 });
    expect(finalStep([{ trial: 0, resolution: 32 }], [32], early(times(9, 'out-of-memory' as const)))).toMatchObject({
      trial: 0,
      memoryShare: 0.25,
    });
  });

  it('does not count interruptions', () => {
    expect(step('interrupted', 'interrupted', 'interrupted')).toEqual(step());
    expect(step('crash', 'interrupted', 'crash', 'interrupted', 'crash')).toMatchObject({ trial: 2 });
  });

  it('always has a legal next step', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...failureReason.options), { maxLength: 60 }), (failures) => {
        const next = step(...failures);
        expect(candidates.map(({ trial }) => trial)).toContain(next.trial);
        expect(sides).toContain(next.resolution);
        expect(next.memoryShare).toBeGreaterThanOrEqual(0.25);
        expect(next.learningRateFactor).toBeGreaterThan(0);
      }),
    );
  });
});
