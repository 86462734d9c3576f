import { describe, expect, it } from 'vitest';
import { type BracketState, jobsOf, openBracket } from '../../src/scheduler/jobs.js';
import { entered } from '../../src/scheduler/rungs.js';
import { failed, finished, play, started } from './events.js';

const plan = [1, 3, 9, 27].map((resource) => ({ trials: 0, resource }));
const ladder = openBracket(0, plan, { rule: 'pasha', eta: 2 });

/** One slot, until `trials` have been started and nothing more is promoted. */
function oneWorker(trials: number, scoreOf: (trial: number, rung: number) => number): BracketState {
  let state: BracketState = ladder;
  let count = 0;
  for (;;) {
    const job = jobsOf(state)[0];
    if (!job || (job.kind === 'new' && count === trials)) return state;
    const trial = job.kind === 'new' ? count++ : job.trial;
    state = play(
      state,
      { type: 'started', trial, rung: job.rung },
      finished(trial, job.rung, scoreOf(trial, job.rung)),
    );
  }
}

/** Eight trials, the older the better, of which two have come to the second rung with these scores. */
function twoInSecond(first: number, second: number): BracketState {
  const low = Array.from({ length: 8 }, (_, trial) => finished(trial, 0, 0.9 - 0.1 * trial));
  return play(ladder, ...low, started(0, 1), finished(0, 1, first), started(1, 1), finished(1, 1, second));
}

describe('the ladder with locked rungs', () => {
  it('trains no trial beyond the second rung while both rungs order their trials alike', () => {
    expect(oneWorker(32, (trial) => 1 - trial / 100).rungs.map(entered)).toEqual([32, 16, 0, 0]);
    expect(oneWorker(32, () => 0.5).rungs.map(entered)).toEqual([32, 16, 0, 0]);
  });

  it('unlocks the next rung once two trials have changed places, and promotes the better there', () => {
    expect(jobsOf(twoInSecond(0.95, 0.9))[0]).toMatchObject({ kind: 'promote', trial: 2, rung: 1 });
    expect(jobsOf(twoInSecond(0.9, 0.95))[0]).toMatchObject({ kind: 'promote', trial: 1, rung: 2, resource: 9 });
  });

  it('takes scores that differ by no more than their standard error for equal', () => {
    const measured = (images: number, first: number, second: number) => {
      const low = Array.from({ length: 8 }, (_, trial) => ({ ...finished(trial, 0, 0.9 - 0.1 * trial), images }));
      const [zero, one] = [
        { ...finished(0, 1, first), images },
        { ...finished(1, 1, second), images },
      ];
      return jobsOf(play(ladder, ...low, started(0, 1), zero, started(1, 1), one))[0];
    };
    // The standard error of the difference of two shares of .9 of 200 images is .03.
    expect(measured(200, 0.9, 0.92)).toMatchObject({ kind: 'promote', rung: 1 });
    expect(measured(200, 0.9, 0.95)).toMatchObject({ kind: 'promote', rung: 2 });
    expect(measured(20_000, 0.9, 0.92)).toMatchObject({ kind: 'promote', rung: 2 });
  });

  it('unlocks one rung at a time: where the two highest open ones agree the top stays locked', () => {
    const upsideDown = oneWorker(32, (trial, rung) => (rung === 1 ? trial : 100 - trial) / 100);
    expect(upsideDown.rungs.map(entered)[3]).toBeGreaterThan(0);
    const settledAbove = oneWorker(32, (trial, rung) => (rung === 0 ? 100 - trial : trial) / 100);
    expect(settledAbove.rungs.map(entered)[2]).toBeGreaterThan(0);
    expect(settledAbove.rungs.map(entered)[3]).toBe(0);
  });

  it('learns nothing about the order from a failure, and repeats what was interrupted', () => {
    const low = Array.from({ length: 4 }, (_, trial) => finished(trial, 0, 0.9 - 0.1 * trial));
    const one = play(ladder, ...low, started(0, 1), failed(0, 1), started(1, 1), finished(1, 1, 0.1));
    expect(jobsOf(one)).toMatchObject([{ kind: 'new' }]);
    const stopped = play(ladder, ...low, started(0, 1), { type: 'interrupted' });
    expect(jobsOf(stopped)[0]).toMatchObject({ kind: 'repeat', trial: 0, rung: 1 });
  });

  it('promotes nobody beyond the top where there are no more than two rungs', () => {
    const low = Array.from({ length: 4 }, (_, trial) => finished(trial, 0, 0.9 - 0.1 * trial));
    const two = openBracket(0, plan.slice(0, 2), { rule: 'pasha', eta: 2 });
    const swapped = play(two, ...low, started(0, 1), finished(0, 1, 0.1), started(1, 1), finished(1, 1, 0.2));
    expect(jobsOf(swapped)).toMatchObject([{ kind: 'new' }]);
    const one = openBracket(0, plan.slice(0, 1), { rule: 'pasha', eta: 2 });
    expect(jobsOf(play(one, ...low))).toMatchObject([{ kind: 'new' }]);
  });
});
