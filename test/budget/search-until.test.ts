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
  brackets: [],
};
const space = (
  scheduler: Partial<SearchSpace['scheduler']> = {},
  final: Partial<SearchSpace['final']> = {},
): SearchSpace => ({
  ...tinySpace,
  scheduler: { ...tinySpace.scheduler, unit: 'epochs', anneal: 'trunk', cooldown: 0, ...scheduler },
  final: { useValidation: false, maxEpochs: 100, ...final },
});
/** A trial that has trained one rung of 10 epochs in so many seconds. */
const trial = (number: number, score: number, trainSeconds: number): readonly StudyEvent[] => {
  const result = finished(number, 0, 40, score) as EventOf<'rung-finished'>;
  const start = { ...started(number, 0, 30), resource: 10 } as StudyEvent;
  return [created(number, {}), start, { ...result, trainSeconds, wallSeconds: trainSeconds }];
};
const state = (...events: readonly StudyEvent[]) => stateOf([...preparation, plan, ...events]);

describe('the end of the search', () => {
  it('is the planned one where nobody says how many epochs a final training needs, or a share is named', () => {
    const { maxEpochs: _, ...open } = space().final;
    expect(searchUntil(state(), { ...space(), final: open }, 30)).toMatchObject({ at: 100, incumbent: null });
    const named = { ...space(), budget: { ...tinySpace.budget, searchShare: 0.3 } };
    expect(searchUntil(state(...trial(0, 0.5, 10)), named, 50)).toMatchObject({ at: 100, incumbent: null });
  });

  it('comes when the rest is what the final training of the best trial takes, by its own seconds an epoch', () => {
    // A second an epoch, 10 of 100 epochs done.
    const one = state(...trial(0, 0.5, 10));
    expect(searchUntil(one, space(), 50)).toEqual({
      at: 210,
      incumbent: 0,
      reason: 'the rest belongs to the final training of trial 0',
    });
    expect(searchUntil(one, space({ anneal: 'restart' }), 50)).toMatchObject({ at: 200, incumbent: 0 });
    // Its cooldown of 3 epochs leads nowhere.
    expect(searchUntil(one, space({ cooldown: 0.3 }), 50)).toMatchObject({ at: 200, incumbent: 0 });
  });

  it('passes over a better trial whose final training does not fit any more', () => {
    const both = state(...trial(0, 0.5, 10), ...trial(1, 0.9, 25));
    expect(searchUntil(both, space(), 70)).toMatchObject({ at: 75, incumbent: 1 });
    expect(searchUntil(both, space(), 80)).toMatchObject({ at: 210, incumbent: 0 });
    expect(searchUntil(both, space(), 250)).toMatchObject({ at: 100, incumbent: null });
  });

  it('is that of the whole budget while there is no result, and where the search has trained its winner to the end', () => {
    expect(searchUntil(state(), space(), 30)).toMatchObject({ at: 300, incumbent: null });
    const trained = state(...trial(0, 0.5, 10));
    expect(searchUntil(trained, space({}, { maxEpochs: 10 }), 50)).toMatchObject({ at: 300, incumbent: 0 });
    expect(searchUntil(trained, space({ anneal: 'restart' }, { maxEpochs: 10 }), 50)).toMatchObject({ at: 300 });
    // The final training is to see the validation images as well.
    const again = space({ anneal: 'restart' }, { maxEpochs: 10, useValidation: true });
    expect(searchUntil(trained, again, 50)).toMatchObject({ at: 290 });
  });

  it('leaves the incumbent itself the time that its further training saves later', () => {
    const one = state(...trial(0, 0.5, 10));
    const limit = searchUntil(one, space(), 50);
    expect(rungEndsBy(one, space(), limit, 0, 30)).toBe(230);
    expect(rungEndsBy(one, space(), limit, 0, 100)).toBe(300);
    expect(rungEndsBy(one, space(), limit, 1, 30)).toBe(210);
    expect(rungEndsBy(one, space(), limit, null, 10)).toBe(210);
    expect(rungEndsBy(one, space({ anneal: 'restart' }), { ...limit, at: 200 }, 0, 30)).toBe(200);
  });
});
