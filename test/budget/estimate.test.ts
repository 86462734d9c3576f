import { describe, expect, it } from 'vitest';
import { rungEstimator } from '../../src/budget/estimate.js';
import type { SchedulerSettings } from '../../src/space/types.js';
import type { StudyEvent } from '../../src/state/events.js';
import { created, finished, started, stateOf } from '../report/example-study.js';

const scheduler: SchedulerSettings = {
  kind: 'hyperband',
  sampler: 'random',
  eta: 3,
  unit: 'epochs',
  min: 10,
  max: 'auto',
  anneal: 'restart',
  cooldown: 1,
};
const plan: StudyEvent = {
  type: 'plan-made',
  at: 0,
  searchEndsAt: 100,
  endsAt: 200,
  secondsPerUnit: 7,
  overheadSeconds: 4,
  brackets: [],
};

/** A trial that trained its first rung of 10 units for `trainSeconds`, and took `overhead` beyond that. */
const trial = (number: number, trainSeconds: number, overhead: number): readonly StudyEvent[] => [
  created(number, {}),
  started(number, 0, 10),
  { ...finished(number, 0, 50, 0.5), trainSeconds, wallSeconds: trainSeconds + overhead } as StudyEvent,
];

describe('an estimate', () => {
  it('is the guess of the plan before a rung has finished', () => {
    const state = stateOf([plan, created(0, {}), started(0, 0, 10)]);
    expect(rungEstimator(state, scheduler)(0, 0, 10)).toEqual({ trainSeconds: 70, overheadSeconds: 4 });
  });

  it('takes the median of what was measured', () => {
    const state = stateOf([plan, ...trial(0, 10, 1), ...trial(1, 20, 2), ...trial(2, 90, 9)]);
    const { trainSeconds, overheadSeconds } = rungEstimator(state, scheduler)(null, 0, 1);
    expect([trainSeconds, overheadSeconds]).toEqual([expect.closeTo(2), expect.closeTo(2)]);
  });

  it('prefers what this very trial took', () => {
    const state = stateOf([plan, ...trial(0, 10, 1), ...trial(1, 20, 1), ...trial(2, 90, 1)]);
    expect(rungEstimator(state, scheduler)(2, 0, 1).trainSeconds).toBeCloseTo(9);
    expect(rungEstimator(state, scheduler)(2, 10, 30).trainSeconds).toBeCloseTo(270);
  });

  it('counts what earlier attempts at a rung have trained, too', () => {
    const again = trial(0, 2, 1).map((event) =>
      event.type === 'rung-finished' ? { ...event, earlierTrainSeconds: 18 } : event,
    );
    const estimate = rungEstimator(stateOf([plan, ...again]), scheduler);
    expect(estimate(0, 10, 30)).toEqual({ trainSeconds: expect.closeTo(60), overheadSeconds: 1 });
    expect(estimate(null, 0, 10).trainSeconds).toBeCloseTo(20);
  });

  it('of seconds is the plan itself, whatever the machine does', () => {
    const state = stateOf([plan, ...trial(0, 10, 1)]);
    const seconds = { ...scheduler, unit: 'seconds' as const };
    expect(rungEstimator(state, seconds)(0, 10, 30).trainSeconds).toBe(30);
  });

  it('charges a promotion along a trunk only for what is new', () => {
    const state = stateOf([plan]);
    const trunk: SchedulerSettings = { ...scheduler, unit: 'seconds', anneal: 'trunk', cooldown: 0.2 };
    expect(rungEstimator(state, trunk)(0, 10, 30).trainSeconds).toBeCloseTo(0.8 * 20 + 0.2 * 30);
  });

  it('never takes an overhead below zero: clocks differ a little', () => {
    const state = stateOf([plan, ...trial(0, 10, -0.01)]);
    expect(rungEstimator(state, scheduler)(null, 0, 1).overheadSeconds).toBe(0);
  });
});
