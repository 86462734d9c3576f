import { describe, expect, it } from 'vitest';
import { makePlan } from '../../src/budget/plan.js';
import type { SearchSpace } from '../../src/space/types.js';
import { leastPreparationSeconds, requireFeasible } from '../../src/study/feasible.js';
import { tinySpace } from './simulated.js';

const withScheduler = (changes: Partial<SearchSpace['scheduler']>): SearchSpace => ({
  ...tinySpace,
  scheduler: { ...tinySpace.scheduler, ...changes },
});
const refused = (space: SearchSpace, budgetSeconds: number, preparationSeconds = 3): string | null => {
  try {
    requireFeasible(space, budgetSeconds, true, 2, preparationSeconds);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
};

describe('a budget', () => {
  it('too short for the space is refused with one that is not, even where preparing takes a little longer then', () => {
    const message = refused(tinySpace, 10) ?? '';
    const [, seconds = '', minutes = ''] = /try --budget (?:(\d+)s|(\d+m\d*s?)),/.exec(message) ?? [];
    const [, whole = '0', rest = '0'] = /(\d+)m(?:(\d+)s)?/.exec(minutes) ?? [];
    const shortest = seconds ? Number(seconds) : 60 * Number(whole) + Number(rest);
    expect(shortest).toBeGreaterThan(10);
    expect(refused(tinySpace, shortest, 3.2)).toBeNull();
    expect(refused(tinySpace, 0.8 * shortest)).toMatch(/^--budget: expected at least/);
  });

  it('that works has brackets with something to compare', () => {
    const plan = makePlan({
      ...{ budgetSeconds: 300, searchStartsAt: 3, withFinal: true, slots: 2, secondsPerUnit: 1, overheadSeconds: 1 },
      ...{ scheduler: tinySpace.scheduler, budget: tinySpace.budget },
    });
    expect(refused(tinySpace, 300)).toBeNull();
    expect(plan.brackets[0]?.length).toBeGreaterThanOrEqual(2);
  });

  it('is not judged before the engine was measured where rungs are no seconds', () => {
    expect(refused(withScheduler({ unit: 'epochs' }), 1)).toBeNull();
  });

  it('that no year would hold is refused without a budget to try', () => {
    const greedy = { ...tinySpace, budget: { ...tinySpace.budget, searchShare: 1e-9 } };
    expect(refused(greedy, 100)).toMatch(/expected more than a year .* got 1m40s; try a larger budget\.searchShare/);
  });
});

describe('the least preparation', () => {
  const image = { id: 'a', path: 'a', label: 0 };
  const dataset = {
    ...{ directory: '/data', layout: 'competition' as const, classes: ['a', 'b'], validation: [], test: [] },
    train: Array.from({ length: 12_000 }, () => image),
  };

  it('grows with the images and shrinks with the cores', () => {
    const [one = 0, two = 0] = [1, 2].map((threads) => leastPreparationSeconds(dataset, threads));
    expect(one - leastPreparationSeconds(null, 1)).toBeCloseTo(2 * (two - leastPreparationSeconds(null, 1)));
    expect(one).toBeGreaterThan(two);
  });
});
