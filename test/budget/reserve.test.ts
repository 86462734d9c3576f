import { describe, expect, it } from 'vitest';
import { measuredReserveSeconds } from '../../src/budget/reserve.js';
import type { StudyEvent } from '../../src/state/events.js';
import { created, finished, preparation, started, stateOf } from '../report/example-study.js';

/** A study whose rungs, of 12 s by their own clock, are known to have ended so much later. */
function heardAfter(budgetSeconds: number, ...latencies: readonly number[]): readonly StudyEvent[] {
  return [
    ...preparation.map((event) => (event.type === 'study-created' ? { ...event, budgetSeconds } : event)),
    ...latencies.flatMap((latency, trial) => [
      created(trial, {}),
      started(trial, 0, 100 * (trial + 1)),
      finished(trial, 0, 100 * (trial + 1) + 12 + latency, 0.5),
    ]),
  ];
}

/** A submission of a trial that was put in place in so many seconds. */
function placedIn(seconds: number, at: number): readonly StudyEvent[] {
  return [
    { type: 'prediction-started', at: at - 1, trial: 0, rung: 0, slot: 0, killAt: at + 9 },
    { type: 'prediction-ended', at, trial: 0, rung: 0, wallSeconds: 1, failed: null },
    {
      type: 'submission-written',
      at: at + seconds,
      source: 'trial',
      trial: 0,
      rung: 0,
      rows: 9,
      path: 'submission.csv',
    },
  ];
}

const reserveOf = (events: readonly StudyEvent[]) => measuredReserveSeconds(stateOf(events)) ?? Number.NaN;

describe('the reserve after the final run', () => {
  it('is not known before a rung has finished', () => {
    expect(measuredReserveSeconds(stateOf(preparation))).toBeNull();
  });

  it('is at least 1 s and 0.05 % of the budget, and no more than 5 s of a day', () => {
    const quick = placedIn(0.01, 900);
    expect(reserveOf([...heardAfter(60, 0, 0), ...quick])).toBeCloseTo(1.03, 9);
    expect(reserveOf([...heardAfter(3600, 0, 0), ...quick])).toBeCloseTo(2.8, 9);
    expect(reserveOf([...heardAfter(86_400, 0, 0), ...quick])).toBe(5);
  });

  it('grows with what putting a submission in place takes', () => {
    const quick = reserveOf([...heardAfter(60, 0.01, 0.01), ...placedIn(1, 900)]);
    const slow = reserveOf([...heardAfter(60, 0.01, 0.01), ...placedIn(4, 900)]);
    expect(slow - quick).toBeCloseTo(1.5 * 3, 9);
  });

  it('grows with how late the study hears of its trials, but not with the start of a process', () => {
    const prompt = reserveOf([...heardAfter(60, 0.01, 0.01), ...placedIn(1, 900)]);
    const late = reserveOf([...heardAfter(60, 0.3, 0.3), ...placedIn(1, 900)]);
    const starting = reserveOf([...heardAfter(60, 9, 0.01), ...placedIn(1, 900)]);
    expect(late).toBeGreaterThan(prompt + 0.25);
    expect(starting).toBeLessThan(prompt + 1);
  });

  it('takes no first submission, whose data set had to be read, for a measurement', () => {
    const prior: StudyEvent = {
      type: 'submission-written',
      at: 60,
      source: 'class-prior',
      trial: null,
      rung: null,
      rows: 9,
      path: 'submission.csv',
    };
    expect(stateOf([...preparation, prior]).submissionSeconds).toEqual([]);
  });
});
