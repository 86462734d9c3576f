import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
  budget: { searchShare: 'auto', minSearchShare: 0.1, maxSearchShare: 'auto', reserveSeconds: 'auto' },
  slots: 2,
  secondsPerUnit: 1,
  overheadSeconds: 1,
};

describe('plan', () => {
  it('has no brackets where not even one rung fits, and is not feasible then', () => {
    const short = { ...input, budgetSeconds: 25 };
    expect(makePlan(short)).toMatchObject({ brackets: [], roundSeconds: 0 });
    expect(isFeasible(short)).toBe(false);
  });

  it('lets the search go on until a final training of known length still fits, but for a share that is named', () => {
    const scheduler = { ...input.scheduler, unit: 'epochs' as const };
    const counted = { ...input, scheduler, secondsPerUnit: 2, final: { maxEpochs: 50 } };
    expect(makePlan(counted)).toMatchObject({ searchEndsAt: 360 - reserveSeconds(360, 'auto') - 100 });
    const share = 15 + 0.3 * (360 - reserveSeconds(360, 'auto') - 15);
    expect(makePlan({ ...counted, final: {} }).searchEndsAt).toBeCloseTo(share);
    expect(makePlan({ ...counted, final: { maxEpochs: 500 } }).searchEndsAt).toBeCloseTo(share);
    const named = { ...input.budget, searchShare: 0.2 };
    expect(makePlan({ ...counted, budget: named })).toMatchObject({ searchEndsAt: 0.2 * 360 });
  });

  it('is feasible with one rung where the space asks for no more', () => {
    const single = { ...input, scheduler: { ...input.scheduler, min: 4, max: 4 } };
    expect(isFeasible({ ...single, budgetSeconds: 80 })).toBe(true);
    expect(isFeasible({ ...single, budgetSeconds: 30 })).toBe(false);
  });

  it('says so when no budget of a year is enough', () => {
    expect(shortestBudget({ ...input, budget: { ...input.budget, searchShare: 1e-9 } })).toBe(Number.POSITIVE_INFINITY);
  });

  it('names a shortest budget that works and that a tenth less would not', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 60, noNaN: true }),
        fc.double({ min: 0, max: 300, noNaN: true }),
        fc.integer({ min: 1, max: 8 }),
        fc.boolean(),
        (min, searchStartsAt, slots, withFinal) => {
          const own = { ...input, slots, withFinal, searchStartsAt, scheduler: { ...input.scheduler, min } };
          const shortest = shortestBudget(own);
          expect(isFeasible({ ...own, budgetSeconds: shortest })).toBe(true);
          expect(isFeasible({ ...own, budgetSeconds: 0.9 * shortest - 2 })).toBe(false);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('splits the budget into search, final run and reserve without a gap', () => {
    const plan = makePlan(input);
    expect(plan.searchEndsAt).toBeCloseTo(15 + 0.3 * (plan.endsAt - 15));
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
        fc.constantFrom(
          'hyperband' as const,
          'successive-halving' as const,
          'asha' as const,
          'pasha' as const,
          'single-rung' as const,
        ),
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

  it('lays out a ladder whose top is reached in time, with the trials that time allows on each rung', () => {
    const plan = makePlan({ ...input, slots: 1, scheduler: { ...input.scheduler, kind: 'asha' } });
    const [ladder = []] = plan.brackets;
    const counts = ladder.map(({ trials }) => trials);
    expect(plan.promotion).toEqual({ rule: 'asha', eta: 3 });
    expect(counts.length).toBeGreaterThanOrEqual(2);
    expect(counts.at(-1)).toBeGreaterThanOrEqual(1);
    for (const [rung, trials] of counts.slice(1).entries()) expect(trials).toBe(Math.floor((counts[rung] ?? 0) / 3));
  });

  it('gives the search its share of what preparing has left, however long that took', () => {
    const late = makePlan({ ...input, searchStartsAt: 200 });
    expect(late.searchEndsAt).toBeCloseTo(200 + 0.3 * (late.endsAt - 200));
    expect(makePlan({ ...input, searchStartsAt: 359 }).searchEndsAt).toBe(late.endsAt);
  });

  it('lets eta trials come to the top of a ladder, and one where there is time for no more', () => {
    const ladder = { ...input, scheduler: { ...input.scheduler, kind: 'asha' as const, min: 4 } };
    const counts = (budgetSeconds: number, slots: number) =>
      makePlan({ ...ladder, budgetSeconds, slots }).brackets[0]?.map(({ trials }) => trials) ?? [];
    for (const [budgetSeconds, slots] of [
      [360, 1],
      [360, 2],
      [3600, 1],
      [32_400, 4],
    ] as const) {
      expect(counts(budgetSeconds, slots).length).toBeGreaterThanOrEqual(2);
      expect(counts(budgetSeconds, slots).at(-1)).toBeGreaterThanOrEqual(3);
    }
    expect(counts(200, 1)).toEqual([3, 1]);
  });

  it('expects as many trials of a single rung as there is time for, however long the budget', () => {
    const single = { ...input, scheduler: { ...input.scheduler, kind: 'single-rung' as const } };
    // 103 s of search on two slots, 3 s each; a year of search is not played through.
    expect(makePlan(single).brackets).toEqual([[{ trials: 68, resource: 2 }]]);
    const year = makePlan({ ...single, budgetSeconds: 1e7 });
    expect(year.brackets[0]?.[0]?.trials).toBeCloseTo((2 * 0.3 * 1e7) / 3, -4);
    expect(isFeasible({ ...single, budgetSeconds: 28 })).toBe(true);
    expect(isFeasible({ ...single, budgetSeconds: 25 })).toBe(false);
  });

  it('gives the whole budget to a search without a final run', () => {
    const plan = makePlan({ ...input, withFinal: false });
    expect(plan.searchEndsAt).toBe(plan.endsAt);
  });

  it('counts rungs in whole epochs, also where they are stretched to fill the time', () => {
    const epochs = { ...input.scheduler, unit: 'epochs' as const };
    const fixed = makePlan({ ...input, budgetSeconds: 1e5, scheduler: { ...epochs, max: 52 } });
    expect(fixed.brackets[0]?.map(({ resource }) => resource)).toEqual([2, 6, 17, 52]);
    const stretched = makePlan({ ...input, budgetSeconds: 777, scheduler: epochs });
    const resources = stretched.brackets.flat().map(({ resource }) => resource);
    expect(resources.length).toBeGreaterThan(2);
    expect(resources.filter((resource) => !Number.isInteger(resource))).toEqual([]);
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

  it('starts no more trials than a bracket may, however small the lowest rung and however long the budget', () => {
    const scheduler = { ...input.scheduler, min: 1e-6, eta: 16 };
    const { brackets } = makePlan({ ...input, budgetSeconds: 365 * 86_400, scheduler });
    expect(Math.max(...brackets.flat().map(({ trials }) => trials))).toBe(256);
  });

  it('keeps between 1 and 15 seconds back unless told otherwise', () => {
    expect(reserveSeconds(30, 'auto')).toBe(1);
    expect(reserveSeconds(9 * 3600, 'auto')).toBe(15);
    expect(reserveSeconds(360, 40)).toBe(40);
  });
});
