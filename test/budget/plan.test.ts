import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makespan } from '../../src/budget/makespan.js';
import { isFeasible, makePlan, type PlanInput, reserveSeconds, shortestBudget } from '../../src/budget/plan.js';

const input: PlanInput = {
  budgetSeconds: 360,
  searchStartsAt: 15,
  withFinal: true,
  scheduler: {
    kind: 'hyperband',
    sampler: 'prior',
    eta: 3,
    unit: 'seconds',
    min: 2,
    max: 'auto',
    anneal: 'trunk',
    cooldown: 0.3,
  },
  budget: { searchShare: 'auto', reserveSeconds: 'auto' },
  slots: 2,
  secondsPerUnit: 1,
  overheadSeconds: 1,
};
const settings = { slots: 1, anneal: 'restart' as const, cooldown: 1, secondsPerUnit: 1, overheadSeconds: 0 };

describe('makespan', () => {
  it('adds up on one slot', () => {
    const bracket = [
      { trials: 3, resource: 1 },
      { trials: 1, resource: 3 },
    ];
    expect(makespan([bracket], settings)).toBe(6);
    expect(makespan([bracket], { ...settings, overheadSeconds: 0.5 })).toBe(8);
  });

  it('fills the idle end of a rung with the next bracket', () => {
    const bracket = [
      { trials: 3, resource: 1 },
      { trials: 1, resource: 3 },
    ];
    expect(makespan([bracket, bracket], { ...settings, slots: 2 })).toBeLessThan(
      2 * makespan([bracket], { ...settings, slots: 2 }),
    );
  });

  it('charges a promotion only for what the trunk does not have yet', () => {
    const bracket = [
      { trials: 1, resource: 1 },
      { trials: 1, resource: 3 },
    ];
    expect(makespan([bracket], { ...settings, anneal: 'trunk', cooldown: 0.25 })).toBeCloseTo(1 + 0.75 * 2 + 0.25 * 3);
  });
});

describe('plan', () => {
  it('splits the budget into search, final run and reserve without a gap', () => {
    const plan = makePlan(input);
    expect(plan.searchEndsAt).toBeCloseTo(108);
    expect(plan.endsAt).toBeCloseTo(360 - reserveSeconds(360, 'auto'));
    expect(plan.brackets.length).toBeGreaterThan(1);
  });

  it('fills the search time with one round and does not overrun it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 60, max: 40_000, noNaN: true }),
        fc.double({ min: 0.5, max: 60, noNaN: true }),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('hyperband' as const, 'successive-halving' as const),
        (budgetSeconds, min, eta, slots, kind) => {
          const own = { ...input, budgetSeconds, slots, scheduler: { ...input.scheduler, kind, min, eta } };
          const plan = makePlan(own);
          const time = plan.searchEndsAt - own.searchStartsAt;
          if (plan.brackets.length === 0) return;
          expect(plan.roundSeconds).toBeLessThanOrEqual(time + 1e-9);
          for (const bracket of plan.brackets) expect(bracket[0]?.resource).toBeGreaterThanOrEqual(min * (1 - 1e-9));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('gives the whole budget to a search without a final run', () => {
    const plan = makePlan({ ...input, withFinal: false });
    expect(plan.searchEndsAt).toBe(plan.endsAt);
  });

  it('keeps a fixed maximum as it is', () => {
    const plan = makePlan({ ...input, scheduler: { ...input.scheduler, max: 18 } });
    expect(plan.brackets[0]?.at(-1)?.resource).toBe(18);
  });

  it('names the shortest budget that works', () => {
    const shortest = shortestBudget(input);
    expect(isFeasible({ ...input, budgetSeconds: shortest })).toBe(true);
    expect(isFeasible({ ...input, budgetSeconds: shortest - 2 })).toBe(false);
  });

  it('keeps between 1 and 15 seconds back unless told otherwise', () => {
    expect(reserveSeconds(30, 'auto')).toBe(1);
    expect(reserveSeconds(9 * 3600, 'auto')).toBe(15);
    expect(reserveSeconds(360, 40)).toBe(40);
  });
});
