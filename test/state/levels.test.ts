import { describe, expect, it } from 'vitest';
import { measuredLevels, withFinished } from '../../src/state/levels.js';
import type { RungRecord, TrialState } from '../../src/state/types.js';

const finished = (rung: number, resource: number, at: number, score: number): RungRecord => ({
  status: 'finished',
  rung,
  resource,
  startedAt: at - 1,
  result: {
    type: 'rung-finished',
    ...{ at, trial: 0, rung, score, loss: null, evaluatedImages: 1, inferenceImagesPerSecond: 1, parameters: 1 },
    ...{ model: null, wallSeconds: 1, trainSeconds: 1, dataSeconds: 0, evaluateSeconds: 0, checkpointSeconds: 0 },
    images: 1,
  },
});

const trialOf = (trial: number, ...rungs: readonly RungRecord[]): TrialState => ({
  ...{ trial, bracket: 0, configuration: {}, origin: 'random', createdAt: 0, rungs, startedAgain: false, curve: [] },
});

describe('the levels of a study', () => {
  it('hold the trials of one resource in the order of their ends, with what they had before', () => {
    const trials = [
      trialOf(0, finished(0, 2, 10, 0.5), finished(1, 6, 40, 0.7)),
      trialOf(1, finished(0, 2, 5, 0.4)),
      trialOf(2, finished(0, 2, 20, Number.NaN)),
    ];
    const levels = measuredLevels(trials);
    expect(levels.map(({ resource, all, promoted }) => [resource, all.count, promoted.count])).toEqual([
      [2, 2, 0],
      [6, 1, 1],
    ]);
    expect(levels[0]?.all.newest.map(({ trial }) => trial)).toEqual([1, 0]);
    expect([...(levels[1]?.all.newest[0]?.scores ?? [])]).toEqual([
      [2, 0.5],
      [6, 0.7],
    ]);
  });

  it('settle anew only when a fifth more trials are there, and hold no more than they need', () => {
    let levels = measuredLevels([]);
    const settled = new Set<unknown>();
    for (let trial = 0; trial < 1000; trial++) {
      levels = withFinished(levels, trialOf(trial, finished(0, 2, trial, 0.5)));
      settled.add(levels[0]?.all.settled);
    }
    expect(levels[0]?.all.count).toBe(1000);
    expect(settled.size).toBeLessThan(45);
    expect(levels[0]?.all.settled.length).toBe(200);
    expect(levels[0]?.all.settled.at(-1)?.trial).toBe(999);
    expect(levels[0]?.all.newest.length).toBeLessThanOrEqual(240);
  });
});
