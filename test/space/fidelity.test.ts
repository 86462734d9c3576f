import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rungFidelity } from '../../src/space/fidelity.js';

describe('rungFidelity', () => {
  it('grows geometrically from the setting to the whole', () => {
    const settings = { subset: 0.25, resample: false, classes: 0.16, resolution: 0.25 };
    expect([0, 1, 2].map((rung) => rungFidelity(settings, rung, 3, 128))).toEqual([
      { subset: 0.25, classes: 0.16, resolution: 32 },
      { subset: 0.5, classes: 0.4, resolution: 64 },
      { subset: 1, classes: 1, resolution: 128 },
    ]);
  });

  it('never shrinks up the ladder, never exceeds the configuration, ends with everything', () => {
    const factor = fc.double({ min: 0.01, max: 1, noNaN: true });
    const whole = fc.integer({ min: 4, max: 512 });
    fc.assert(
      fc.property(factor, factor, fc.integer({ min: 1, max: 8 }), whole, (subset, resolution, rungs, side) => {
        const ladder = Array.from({ length: rungs }, (_, rung) =>
          rungFidelity({ subset, resample: false, classes: subset, resolution }, rung, rungs, side),
        );
        expect(ladder.at(-1)).toEqual({ subset: 1, classes: 1, resolution: side });
        for (const [index, rung] of ladder.entries()) {
          expect(rung.resolution).toBeLessThanOrEqual(side);
          expect(rung.resolution % 4 === 0 || rung.resolution === side).toBe(true);
          expect(rung.resolution).toBeGreaterThanOrEqual(Math.min(8, side));
          const before = ladder[index - 1];
          if (before !== undefined) expect(rung.subset).toBeGreaterThanOrEqual(before.subset);
          if (before !== undefined) expect(rung.resolution).toBeGreaterThanOrEqual(before.resolution);
        }
      }),
    );
  });

  it('is the whole where there is one rung only', () => {
    expect(rungFidelity({ subset: 0.1, resample: true, classes: 0.1, resolution: 0.1 }, 0, 1, 64)).toEqual({
      subset: 1,
      classes: 1,
      resolution: 64,
    });
  });
});
