import { describe, expect, it } from 'vitest';
import { rungEndsBy, searchUntil } from '../../src/budget/search-until.js';
import type { SearchSpace } from '../../src/space/types.js';
import type { StudyEvent } from '../../src/state/events.js';
import type { EventOf } from '../../src/state/types.js';
import { created, finished, preparation, started, stateOf } from '../report/example-study.js';
import { tinySpace } from '../study/simulated.js';

/** Rungs of 10 and 30 epochs until 300 s; planned to end at 100 s. */
const plan: EventOf<'plan-made'> = {
  type: 'plan-made',
  at: 22,
  searchEndsAt: 100,
  endsAt: 300,
  secondsPerUnit: 1,
  overheadSeconds: 0,
  brackets: [
    [
      { trials: 3, resource: 10 },
      { trials: 1, resource: 30 },
    ],
  ],
};
const budget = { ...tinySpace.budget, searchShare: 'auto' } as const;
const space = (
  scheduler: Partial<SearchSpace['scheduler']> = {},
  final: Partial<SearchSpace['final']> = {},
): SearchSpace => ({
  ...tinySpace,
  budget,
  scheduler: { ...tinySpace.scheduler, unit: 'epochs', anneal: 'trunk', cooldown: 0, ...scheduler },
  final: { useValidation: false, views: 1, checkLearningRate: false, maxEpochs: 100, ...final },
});
const { maxEpochs: _, ...openFinal } = space().final;
const open = (more: Partial<SearchSpace['budget']> = {}): SearchSpace => ({
  ...space(),
  scheduler: { ...tinySpace.scheduler, unit: 'seconds' },
  budget: { ...budget, ...more },
  final: openFinal,
});
/** A trial that has trained one rung of 10 epochs in so many seconds. */
const trial = (number: number, score: number, trainSeconds: number): readonly StudyEvent[] => {
  const result = finished(number, 0, 40, score) as EventOf<'rung-finished'>;
  const start = { ...started(number, 0, 30), resource: 10 } as StudyEvent;
  return [created(number, {}), start, { ...result, trainSeconds, wallSeconds: trainSeconds }];
};
const state = (...events: readonly StudyEvent[]) => stateOf([...preparation, plan, ...events]);
const alike = (count: number, score: number, step: number) =>
  Array.from({ length: count }, (_, index) => trial(index, score + step * index, 10)).flat();

describe('the end of the search', () => {
  it('is the planned one where a share is named, and before there is a result where a final training takes all that is left', () => {
    const named = { ...space(), budget: { ...budget, searchShare: 0.3 } };
    expect(searchUntil(state(...trial(0, 0.5, 10)), named, 50)).toMatchObject({ at: 100, incumbent: 0, isFirm: false });
    expect(searchUntil(state(), named, 30)).toMatchObject({ at: 100, incumbent: null });
    expect(searchUntil(state(), open(), 30)).toMatchObject({ at: 100, incumbent: null });
  });

  it('is that of the whole budget while there is no result, and where the search has trained its winner to the end', () => {
    expect(searchUntil(state(), space(), 30)).toMatchObject({ at: 300, incumbent: null });
    const failed = state(created(0, {}), started(0, 0, 30), {
      type: 'rung-failed',
      at: 40,
      trial: 0,
      rung: 0,
      reason: 'diverged',
      message: '',
      log: null,
    });
    expect(searchUntil(failed, space(), 40)).toMatchObject({ at: 100, incumbent: null });
    const trained = state(...trial(0, 0.5, 10));
    for (const anneal of ['trunk', 'restart'] as const) {
      const limit = searchUntil(trained, space({ anneal }, { maxEpochs: 10 }), 50);
      expect(limit).toMatchObject({ incumbent: 0 });
      expect(limit.at).toBeGreaterThan(299);
    }
  });

  it('leaves the incumbent a whole final training where the last seconds of it bring more than trials that are all alike', () => {
    // A second an epoch, 10 of 100 epochs done: 90 are left, or 100 where the final training begins anew.
    const same = state(...alike(30, 0.5, 0));
    expect(searchUntil(same, space(), 100)).toMatchObject({ at: 210, isFirm: true });
    expect(searchUntil(same, space({ anneal: 'restart' }), 100)).toMatchObject({ at: 200 });
    // Its cooldown of 3 epochs leads nowhere.
    expect(searchUntil(same, space({ cooldown: 0.3 }), 100)).toMatchObject({ at: 200 });
    // The final training is to see the validation images as well, which the search has not trained on.
    const again = space({ anneal: 'restart' }, { maxEpochs: 10, useValidation: true });
    expect(searchUntil(same, again, 100)).toMatchObject({ at: 290 });
  });

  it('cuts the final training where curves are flat and trials differ', () => {
    const flat = (number: number, score: number): readonly StudyEvent[] => {
      const result = finished(number, 1, 60, score) as EventOf<'rung-finished'>;
      const start = { ...started(number, 1, 50), resource: 30 } as StudyEvent;
      return [...trial(number, score, 10), start, { ...result, trainSeconds: 20, wallSeconds: 20 }];
    };
    const apart = [0.2, 0.3, 0.4, 0.7, 0.75, 0.8].flatMap((score, index) => flat(index, score));
    expect(searchUntil(state(...apart), space(), 100).at).toBeGreaterThan(235);
  });

  it('prefers a trial that can still be trained to one that is hardly better and slow', () => {
    const both = state(...trial(0, 0.5, 10), ...trial(1, 0.501, 40));
    expect(searchUntil(both, space(), 60)).toMatchObject({ incumbent: 0 });
    const better = state(...trial(0, 0.5, 10), ...trial(1, 0.8, 40));
    expect(searchUntil(better, space(), 60)).toMatchObject({ incumbent: 1 });
    const named = { ...space(), budget: { ...budget, searchShare: 0.3 } };
    expect(searchUntil(both, named, 60)).toMatchObject({ at: 100, incumbent: 0 });
    expect(searchUntil(better, named, 60)).toMatchObject({ at: 100, incumbent: 1 });
  });

  it('comes when trials are alike, and later when they differ, where the final training takes all that is left', () => {
    const [same, apart] = [state(...alike(30, 0.5, 0)), state(...alike(30, 0.2, 0.02))];
    const free = open({ minSearchShare: 0, maxSearchShare: 1 });
    expect(searchUntil(apart, free, 60).at).toBeGreaterThan(searchUntil(same, free, 60).at + 20);
    expect(searchUntil(apart, free, 60)).toMatchObject({ isFirm: false });
  });

  it('stays within what the space allows, three tenths of what preparing left where nothing is said and a final training has no length', () => {
    const [same, apart] = [state(...alike(30, 0.5, 0)), state(...alike(30, 0.2, 0.02))];
    const seconds = same.created?.budgetSeconds ?? 0;
    expect(searchUntil(same, open({ minSearchShare: 0.4 }), 60).at).toBeCloseTo(0.4 * seconds);
    expect(searchUntil(apart, open({ maxSearchShare: 0.2 }), 60).at).toBeCloseTo(0.2 * seconds);
    // Two kinds of trials, and none far above the others.
    const two = Array.from({ length: 30 }, (_, index) => trial(index, index % 2 === 0 ? 0.05 : 0.9, 10)).flat();
    const wide = state(...two);
    expect(searchUntil(wide, open({ maxSearchShare: 1 }), 60).at).toBeGreaterThan(0.5 * seconds);
    expect(searchUntil(wide, open({ maxSearchShare: 0.4 }), 60)).toMatchObject({
      at: 0.4 * seconds,
      reason: 'the search has had its share, 0.4 of the budget',
    });
    const began = wide.trials[0]?.createdAt ?? 0;
    const limit = searchUntil(wide, open(), 60);
    expect(limit.at).toBeCloseTo(began + 0.3 * ((wide.plan?.endsAt ?? 0) - began));
    expect(limit.reason).toBe('the search has had its share, 0.3 of the time after its preparation');
    // A first rung that is done again is no preparation.
    const [first, start, ...rest] = two;
    if (!first || !start) throw new Error('expected a first trial');
    const cut = { trial: 0, rung: 0, reason: 'interrupted', message: 'm', log: null } as const;
    const again = state(first, start, { type: 'rung-failed', at: 35, ...cut }, { ...start, at: 39 }, ...rest);
    expect(searchUntil(again, open(), 60).at).toBeCloseTo(limit.at, 9);
  });

  it('counts no time that the study was down: the search gets its share of what is left', () => {
    const events = Array.from({ length: 30 }, (_, index) => trial(index, index % 2 === 0 ? 0.05 : 0.9, 10)).flat();
    const resumed: StudyEvent = { type: 'study-resumed', at: 100, downSeconds: 60 };
    const [whole, broken] = [state(...events), state(...events, resumed)];
    const [beganAt, endsAt] = [whole.trials[0]?.createdAt ?? 0, whole.plan?.endsAt ?? 0];
    const expected = beganAt + 60 + 0.3 * (endsAt - beganAt - 60);
    expect(searchUntil(broken, open(), 100).at).toBeCloseTo(expected, 9);
    const goesOn = state(...events, resumed, { ...started(0, 1, 100), resource: 30 } as StudyEvent);
    expect(searchUntil(goesOn, open(), 110).at).toBeCloseTo(expected, 9);
    // Shares that the space names, and the plan before there is a result: 100 s, and what is left of the rest of 200 s.
    const moved = 100 + (60 * (endsAt - 100)) / (endsAt - beganAt);
    const named = { ...open(), budget: { ...budget, searchShare: 0.3 } };
    expect(searchUntil(broken, named, 100).at).toBeCloseTo(moved, 9);
    expect(searchUntil(broken, open({ maxSearchShare: 100 / 360 }), 100).at).toBeCloseTo(moved, 9);
    const early = state(created(0, {}), started(0, 0, 30), resumed);
    // It was last heard of at 30 s.
    expect(searchUntil(early, open(), 100).at).toBeCloseTo(100 + (70 * (endsAt - 100)) / (endsAt - beganAt), 9);
  });

  it('says in one line what the next seconds promise', () => {
    const { reason } = searchUntil(state(...alike(30, 0.5, 0)), open({ minSearchShare: 0 }), 60);
    expect(reason).toMatch(/^another 24s of search promise \+0\.\d+, the final training of trial 0 \+0\.\d+$/);
    const whole = searchUntil(state(...trial(0, 0.5, 10)), space({}, { maxEpochs: 10 }), 50);
    expect(whole.reason).toBe('the rest belongs to the final training of trial 0');
  });

  it('leaves the incumbent itself the time that its further training saves later', () => {
    const same = state(...alike(30, 0.5, 0));
    const limit = { ...searchUntil(same, space(), 100), at: 210 };
    const { incumbent } = limit;
    expect(rungEndsBy(same, space(), limit, incumbent, 30)).toBe(230);
    expect(rungEndsBy(same, space(), limit, incumbent, 100)).toBe(300);
    expect(rungEndsBy(same, space(), limit, 1, 30)).toBe(210);
    expect(rungEndsBy(same, space(), limit, null, 10)).toBe(210);
    expect(rungEndsBy(same, space({ anneal: 'restart' }), { ...limit, at: 200 }, incumbent, 30)).toBe(200);
  });
});
