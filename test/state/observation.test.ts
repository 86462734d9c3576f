import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { observationOf, withObservation } from '../../src/state/observation.js';
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
const observations = (events: readonly StudyEvent[]) => stateOf(events).trials.map(observationOf);

describe('the observations of a study', () => {
  it('hold every finished rung of a trial, and nothing of one that still runs', () => {
    const [observation] = observations([...oneRung, started(0, 1, 10), finished(0, 1, 19, 0.8), started(0, 2, 20)]);
    expect(observation).toMatchObject({ configuration: { x: 1 }, failed: false });
    expect(observation?.rungs.map(({ score }) => score)).toEqual([0.7, 0.8]);
    const [low, high] = observation?.rungs ?? [];
    expect(low?.resource).toBeLessThan(high?.resource ?? 0);
  });

  it('tell failures of the configuration from interruptions, and from results that are no numbers', () => {
    const trials = [0, 1, 2, 3].flatMap((trial) => [created(trial, { x: trial }), started(trial, 0, 5)]);
    const seen = observations([
      ...trials,
      failed(0, 'diverged'),
      failed(1, 'interrupted'),
      finished(2, 0, 9, Number.NaN),
    ]);
    expect(seen.map((one) => one.failed)).toEqual([true, false, true, false]);
    expect(seen.every(({ rungs }) => rungs.length === 0)).toBe(true);
  });

  it('stay the same list while nothing is learnt of a trial, and change for that trial alone', () => {
    const known = observations([...oneRung, created(1, { x: 2 })]);
    const learnt = (...events: readonly StudyEvent[]) => {
      const trial = stateOf([...oneRung, created(1, { x: 2 }), ...events]).trials[1];
      if (!trial) throw new Error('there is a second trial');
      return withObservation(known, trial);
    };
    expect(learnt(started(1, 0, 10))).toBe(known);
    for (const end of [finished(1, 0, 19, 0.5), failed(1, 'diverged'), finished(1, 0, 19, Number.NaN)]) {
      const [other, own] = learnt(started(1, 0, 10), end);
      expect(other).toBe(known[0]);
      expect(own).not.toEqual(known[1]);
    }
  });
});
