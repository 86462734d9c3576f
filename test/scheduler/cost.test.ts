import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rungCost, rungParts } from '../../src/scheduler/cost.js';

const share = fc.double({ min: 0.01, max: 1, noNaN: true });
const resource = fc.double({ min: 0.1, max: 1e5, noNaN: true });

describe('the cost of a rung', () => {
  it('is the whole resource in the first rung, whatever the annealing', () => {
    expect(rungCost({ from: 0, to: 30, anneal: 'trunk', cooldown: 0.2 })).toBeCloseTo(30, 10);
    expect(rungCost({ from: 0, to: 30, anneal: 'restart', cooldown: 0.2 })).toBe(30);
  });

  it('is trunk plus a new cooldown for a promotion', () => {
    expect(rungParts({ from: 10, to: 30, anneal: 'trunk', cooldown: 0.2 })).toEqual({ trunk: 16, annealed: 6 });
    expect(rungCost({ from: 10, to: 30, anneal: 'trunk', cooldown: 0.2 })).toBe(22);
  });

  it('is the whole resource again when every rung restarts', () => {
    expect(rungCost({ from: 10, to: 30, anneal: 'restart', cooldown: 0.2 })).toBe(30);
  });

  it('is never more with a trunk than with a restart, and never less than what is new', () => {
    fc.assert(
      fc.property(resource, resource, share, (from, more, cooldown) => {
        const to = from + more;
        const cost = rungCost({ from, to, anneal: 'trunk', cooldown });
        expect(cost).toBeLessThanOrEqual(to * (1 + 1e-9));
        expect(cost).toBeGreaterThanOrEqual((to - from) * (1 - 1e-9));
      }),
    );
  });
});
