import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bestTrial, finalOrder, rankTrials } from '../../src/state/ranking.js';
import type { RungRecord, TrialState } from '../../src/state/types.js';

function finished(rung: number, score: number, resource = 10 * 3 ** rung): RungRecord {
  return {
    status: 'finished',
    rung,
    resource,
    startedAt: 0,
    result: {
      type: 'rung-finished',
      at: 1,
      trial: 0,
      rung,
      score,
      loss: 1,
      evaluatedImages: 100,
      inferenceImagesPerSecond: 1000,
      parameters: 5000,
      model: 'model',
      wallSeconds: 10,
      trainSeconds: 9,
      dataSeconds: 0,
      evaluateSeconds: 1,
      checkpointSeconds: 0,
      images: 900,
    },
  };
}

function failed(rung: number): RungRecord {
  return {
    status: 'failed',
    rung,
    resource: 10 * 3 ** rung,
    startedAt: 0,
    failedAt: 1,
    attempt: 1,
    memoryShare: 1,
    reason: 'diverged',
    message: 'loss is not finite',
    log: null,
  };
}

const trials = (...rungs: readonly (readonly RungRecord[])[]): { trials: readonly TrialState[] } => ({
  trials: rungs.map((records, trial) => ({
    trial,
    bracket: 0,
    configuration: {},
    origin: 'random',
    createdAt: 0,
    rungs: records,
    startedAgain: false,
    curve: [],
  })),
});

const order = (state: { trials: readonly TrialState[] }): readonly number[] =>
  rankTrials(state).map((one) => one.trial);

test('the higher score comes first', () => {
  expect(order(trials([finished(0, 0.4)], [finished(0, 0.6)], [finished(0, 0.5)]))).toEqual([1, 2, 0]);
});

test('at equal scores the higher resource comes first, then the lower number', () => {
  const even = trials([finished(0, 0.5)], [finished(0, 0.5)], [finished(0, 0.1), finished(1, 0.5)]);
  expect(order(even)).toEqual([2, 0, 1]);
});

test('a trial counts with its highest finished rung even when a lower one scored better', () => {
  const [first, second] = rankTrials(trials([finished(0, 0.9), finished(1, 0.5)], [finished(0, 0.6)]));
  expect([first?.trial, first?.score]).toEqual([1, 0.6]);
  expect([second?.trial, second?.rung, second?.score]).toEqual([0, 1, 0.5]);
});

test('a failure after a finished rung leaves that rung; a trial with nothing finished is left out', () => {
  const ranked = rankTrials(trials([finished(0, 0.3), failed(1)], [failed(0)], []));
  expect(ranked.map((one) => [one.trial, one.rung])).toEqual([[0, 0]]);
});

test('final trainings take last those that have failed for good since, in their order', () => {
  const state = trials(
    [finished(0, 0.9), failed(1)],
    [finished(0, 0.5)],
    [finished(0, 0.7), failed(1)],
    [finished(0, 0.6)],
  );
  expect(finalOrder(state).map(({ trial }) => trial)).toEqual([3, 1, 0, 2]);
});

test('a score that is not a number never appears', () => {
  expect(order(trials([finished(0, Number.NaN)], [finished(0, 0.2), finished(1, Number.NaN)]))).toEqual([1]);
});

const record = fc.record({
  rung: fc.integer({ min: 0, max: 3 }),
  score: fc.oneof(fc.constantFrom(0, 0.25, 0.5), fc.constant(Number.NaN)),
});

test('the best eligible trial is the first of the ranked ones that is', () => {
  fc.assert(
    fc.property(fc.array(fc.array(record, { maxLength: 4 }), { maxLength: 12 }), fc.integer(), (all, bits) => {
      const state = trials(...all.map((rungs) => rungs.map(({ rung, score }) => finished(rung, score))));
      const isEligible = ({ trial }: { readonly trial: number }) => ((bits >> trial) & 1) === 1;
      expect(bestTrial(state, isEligible)).toEqual(rankTrials(state).find(isEligible) ?? null);
      expect(bestTrial(state)).toEqual(rankTrials(state)[0] ?? null);
    }),
  );
});

test('any mixture is ordered by score, resource and number', () => {
  fc.assert(
    fc.property(fc.array(fc.array(record, { maxLength: 4 }), { maxLength: 12 }), (all) => {
      const ranked = rankTrials(trials(...all.map((rungs) => rungs.map(({ rung, score }) => finished(rung, score)))));
      ranked.slice(1).forEach((after, index) => {
        const before = ranked[index];
        if (before === undefined) throw new Error('no trial before');
        const key = [before.score - after.score, before.resource - after.resource, after.trial - before.trial];
        expect(key.find((difference) => difference !== 0)).toBeGreaterThan(0);
      });
    }),
  );
});
