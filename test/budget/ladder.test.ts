import { describe, expect, test } from 'vitest';
import { expectedLadder, secondsToTop } from '../../src/budget/ladder.js';
import type { BracketPlan } from '../../src/scheduler/brackets.js';
import type { PromotionRule } from '../../src/scheduler/jobs.js';

const plan: BracketPlan = [1, 3, 9].map((resource) => ({ trials: 1, resource }));
const rule: PromotionRule = { rule: 'asha', eta: 3 };
const settings = { slots: 1, anneal: 'restart', cooldown: 1, secondsPerUnit: 1, overheadSeconds: 0 } as const;

describe('the first trials at the top of a ladder', () => {
  test('take three times as long for three', () => {
    expect(secondsToTop(plan, rule, settings, 3)).toBe(3 * (9 * 1 + 3 * 3 + 9));
  });

  test('are there, one of them, after nine at the bottom, three in the middle and itself', () => {
    expect(secondsToTop(plan, rule, settings, 1)).toBe(9 * 1 + 3 * 3 + 9);
  });

  test('are there sooner where trials go on from where they were', () => {
    const resumed = { ...settings, anneal: 'trunk', cooldown: 0 } as const;
    expect(secondsToTop(plan, rule, resumed, 1)).toBe(9 * 1 + 3 * 2 + 6);
  });
});

describe('the trials that are expected on a ladder', () => {
  const counts = (seconds: number) => expectedLadder(plan, rule, settings, seconds).map(({ trials }) => trials);

  test('are as many as there is time for, a third of them a rung', () => {
    expect(counts(27)).toEqual([9, 3, 1]);
    expect(counts(3)).toEqual([3, 0, 0]);
  });

  test('keep the resources of the plan', () => {
    expect(expectedLadder(plan, rule, settings, 27).map(({ resource }) => resource)).toEqual([1, 3, 9]);
  });

  test('grow with the time where it is too long to be played through', () => {
    const [bottom = 0, middle = 0, top = 0] = counts(270_000);
    expect(bottom).toBeGreaterThan(80_000);
    expect(bottom).toBeLessThan(100_000);
    expect(middle / bottom).toBeCloseTo(1 / 3, 1);
    expect(top / middle).toBeCloseTo(1 / 3, 1);
  });
});
