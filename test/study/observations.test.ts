import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { observationsOf } from '../../src/study/observations.js';
import { created, finished, started, stateOf } from '../report/example-study.js';

const failed = (trial: number, reason: 'diverged' | 'interrupted'): StudyEvent => ({
  type: 'rung-failed',
  at: 20,
  trial,
  rung: 0,
  reason,
  message: 'm',
  log: null,
});
const oneRung = [created(0, { x: 1 }), started(0, 0, 5), finished(0, 0, 9, 0.7)];

describe('the observations of a study', () => {
  it('hold every finished rung of a trial, and nothing of one that still runs', () => {
    const [observation] = observationsOf(
      stateOf([...oneRung, started(0, 1, 10), finished(0, 1, 19, 0.8), started(0, 2, 20)]),
    );
    expect(observation).toMatchObject({ configuration: { x: 1 }, failed: false });
    expect(observation?.rungs.map(({ score }) => score)).toEqual([0.7, 0.8]);
    const [low, high] = observation?.rungs ?? [];
    expect(low?.resource).toBeLessThan(high?.resource ?? 0);
  });

  it('tell failures of the configuration from interruptions, and from results that are no numbers', () => {
    const trials = [0, 1, 2, 3].flatMap((trial) => [created(trial, { x: trial }), started(trial, 0, 5)]);
    const state = stateOf([...trials, failed(0, 'diverged'), failed(1, 'interrupted'), finished(2, 0, 9, Number.NaN)]);
    expect(observationsOf(state).map((one) => one.failed)).toEqual([true, false, true, false]);
    expect(observationsOf(state).every(({ rungs }) => rungs.length === 0)).toBe(true);
  });

  it('are made anew only for trials whose rungs have changed', () => {
    const before = stateOf([...oneRung, created(1, { x: 2 })]);
    const events = stateOf([...oneRung, created(1, { x: 2 }), started(1, 0, 10)]);
    const grown = { ...before, trials: [...before.trials.slice(0, 1), ...events.trials.slice(1)] };
    expect(observationsOf(before)).toBe(observationsOf({ trials: before.trials }));
    expect(observationsOf(grown)[0]).toBe(observationsOf(before)[0]);
    expect(observationsOf(grown)[1]).not.toBe(observationsOf(before)[1]);
  });
});
