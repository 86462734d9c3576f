import { describe, expect, it } from 'vitest';
import { costParts, type OpenWork, partsOf } from '../../src/budget/work.js';

const work: OpenWork = {
  kind: 'final',
  trial: 0,
  slot: 0,
  since: 100,
  trainsSince: null,
  savedAt: null,
  isOfUse: false,
};
const cost = { trainSeconds: 40, dataSeconds: 5, evaluateSeconds: 3, checkpointSeconds: 2 };
const parts = (...given: Parameters<typeof partsOf>) => Object.fromEntries(partsOf(...given));

describe('the time of a work that has ended', () => {
  it('is what its process names, and its start for the rest', () => {
    expect(parts(work, costParts(cost), 160)).toEqual({ data: 5, step: 35, evaluate: 3, checkpoint: 2, start: 15 });
  });

  it('is never more than there was, whatever the process names', () => {
    expect(parts(work, costParts(cost), 122.5)).toEqual({
      data: 2.5,
      step: 17.5,
      evaluate: 1.5,
      checkpoint: 1,
      start: 0,
    });
    const claimed = { ...cost, dataSeconds: 99 };
    expect(Object.fromEntries(costParts(claimed))).toMatchObject({ data: 40, step: 0 });
  });

  it('is all prediction where it has predicted', () => {
    expect(parts(work, 'predict', 107)).toEqual({ predict: 7 });
  });

  it.each([
    ['lost where it has saved nothing', {}, { start: 0, step: 0, lost: 60 }],
    ['lost where it has trained and saved nothing', { trainsSince: 104 }, { start: 0, step: 0, lost: 60 }],
    ['lost since it saved last', { trainsSince: 104, savedAt: 150 }, { start: 4, step: 46, lost: 10 }],
    [
      'a start where it has saved before its first word',
      { trainsSince: 155, savedAt: 150 },
      { start: 50, step: 0, lost: 10 },
    ],
    ['kept where something has come of it', { trainsSince: 104, isOfUse: true }, { start: 4, step: 56, lost: 0 }],
  ])('without a result is %s', (_, known, expected) => {
    expect(parts({ ...work, ...known }, 'lost', 160)).toEqual(expected);
  });
});
