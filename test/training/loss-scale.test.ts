import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstLossScale, nextLossScale } from '../../src/training/loss-scale.js';

describe('the loss scale', () => {
  it('is 1 and stays so in float32 and bfloat16', () => {
    for (const precision of ['f32', 'bf16'] as const) {
      const scale = firstLossScale(precision);
      expect(scale.value).toBe(1);
      expect(nextLossScale(scale, false)).toEqual(scale);
      expect(nextLossScale(scale, true)).toEqual(scale);
    }
  });

  it('of float16 halves after a gradient that is not finite and doubles after 2000 that are', () => {
    let scale = nextLossScale(firstLossScale('f16'), false);
    expect(scale.value).toBe(2 ** 14);
    for (let step = 0; step < 1999; step++) scale = nextLossScale(scale, true);
    expect(scale.value).toBe(2 ** 14);
    expect(nextLossScale(nextLossScale(scale, false), true).value).toBe(2 ** 13);
    expect(nextLossScale(scale, true)).toMatchObject({ value: 2 ** 15, goodSteps: 0 });
  });

  it('of float16 is always a power of two between 1 and 2^24', () => {
    const runs = fc.array(fc.record({ finite: fc.boolean(), steps: fc.integer({ min: 1, max: 5000 }) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(runs, (stretches) => {
        let scale = firstLossScale('f16');
        for (const { finite, steps } of stretches) {
          for (let step = 0; step < steps; step++) scale = nextLossScale(scale, finite);
          expect(Math.log2(scale.value) % 1).toBe(0);
          expect(scale.value).toBeGreaterThanOrEqual(1);
          expect(scale.value).toBeLessThanOrEqual(2 ** 24);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('of float16 reaches both of its limits', () => {
    let scale = firstLossScale('f16');
    for (let step = 0; step < 20; step++) scale = nextLossScale(scale, false);
    expect(scale.value).toBe(1);
    for (let step = 0; step < 2000 * 30; step++) scale = nextLossScale(scale, true);
    expect(scale.value).toBe(2 ** 24);
  });
});
