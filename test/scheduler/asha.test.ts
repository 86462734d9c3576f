import { describe, expect, it } from 'vitest';
import { chosenJobs, ladderJobs, mostInOrder } from '../../src/scheduler/asha.js';
import type { BracketPlan } from '../../src/scheduler/brackets.js';
import { type BracketState, jobsOf, openBracket, openTrials } from '../../src/scheduler/jobs.js';
import { quotaOf } from '../../src/scheduler/quota.js';
import { entered } from '../../src/scheduler/rungs.js';
import { failed, finished, play, started } from './events.js';

const plan: BracketPlan = [1, 3, 9].map((resource) => ({ trials: 0, resource }));
const ladder = openBracket(0, plan, { rule: 'asha', eta: 3 });

/** One slot: whatever is most urgent runs, until `trials` have been started and nothing more is promoted. */
function oneWorker(trials: number, scoreOf: (trial: number, rung: number) => number): BracketState {
  let state: BracketState = ladder;
  let started = 0;
  for (;;) {
    const job = jobsOf(state)[0];
    if (!job || (job.kind === 'new' && started === trials)) return state;
    const trial = job.kind === 'new' ? started++ : job.trial;
    state = play(
      state,
      { type: 'started', trial, rung: job.rung },
      finished(trial, job.rung, scoreOf(trial, job.rung)),
    );
  }
}

describe('the ladder', () => {
  it('always takes a new trial where nothing is more urgent', () => {
    const created = { kind: 'new', bracket: 0, rung: 0, resource: 1 };
    expect(jobsOf(ladder)).toEqual([created]);
    expect(jobsOf(play(ladder, started(0), started(1)))).toEqual([created]);
  });

  it('promotes one of three as soon as it is known, without waiting for the others', () => {
    const state = play(ladder, finished(0, 0, 0.3), finished(1, 0, 0.5), started(3), finished(2, 0, 0.4));
    expect(jobsOf(state)[0]).toEqual({ kind: 'promote', bracket: 0, trial: 1, rung: 1, resource: 3 });
  });

  it('promotes three of nine in all: those promoted keep their place among the best', () => {
    const nine = Array.from({ length: 9 }, (_, trial) => finished(trial, 0, 0.9 - 0.1 * trial));
    let state = play(ladder, ...nine);
    for (;;) {
      const job = jobsOf(state)[0];
      if (job?.kind !== 'promote' || job.rung !== 1) break;
      state = play(state, started(job.trial, 1));
    }
    expect(state.rungs.map(entered)).toEqual([9, 3, 0]);
    expect(state.rungs[1]?.working.map(({ trial }) => trial)).toEqual([0, 1, 2]);
  });

  it('does not train the first trial to the end on one worker', () => {
    expect(oneWorker(2, () => 0.5).rungs.map(entered)).toEqual([2, 0, 0]);
    expect(oneWorker(9, (trial) => 1 - trial / 10).rungs.map(entered)).toEqual([9, 3, 1]);
    expect(oneWorker(27, () => 0.5).rungs.map(entered)).toEqual([27, 9, 3]);
  });

  it('promotes from the highest rung first', () => {
    const low = [0, 1, 2, 3, 4, 5].map((trial) => finished(trial, 0, 0.5 + 0.01 * trial));
    const high = [5, 4].flatMap((trial) => [started(trial, 1), finished(trial, 1, 0.6)]);
    const more = [started(3, 1), finished(3, 1, 0.7)];
    const state = play(ladder, ...low, ...high, ...more, ...[6, 7, 8].map((trial) => finished(trial, 0, 0.9)));
    expect(jobsOf(state).slice(0, 2)).toMatchObject([
      { kind: 'promote', trial: 3, rung: 2 },
      { kind: 'promote', trial: 6, rung: 1 },
    ]);
  });

  it('counts a failed trial among those that have ended, and never promotes it', () => {
    expect(jobsOf(play(ladder, finished(0, 0, 0.5), failed(1)))[0]).toMatchObject({ kind: 'new' });
    const state = play(ladder, failed(0), finished(1, 0, 0.1), failed(2));
    expect(jobsOf(state)[0]).toMatchObject({ kind: 'promote', trial: 1 });
    const gone = play(state, started(1, 1), failed(1, 1));
    expect(jobsOf(gone)[0]).toMatchObject({ kind: 'new' });
  });

  it('repeats what was interrupted before anything else, in whatever rung', () => {
    const three = [0, 1, 2].map((trial) => finished(trial, 0, 0.5));
    const state = play(ladder, ...three, started(0, 1), started(3), { type: 'interrupted' });
    expect(jobsOf(state)).toMatchObject([
      { kind: 'repeat', trial: 0, rung: 1 },
      { kind: 'repeat', trial: 3, rung: 0 },
      { kind: 'new' },
    ]);
  });

  it('gives up trials that will hardly ever be among the best, and no others', () => {
    const many = Array.from({ length: 100 }, (_, trial) => finished(trial, 0, trial / 100));
    const open = openTrials(play(ladder, ...many));
    expect(open).toHaveLength(mostInOrder(100, 3));
    expect(Math.min(...open)).toBe(100 - mostInOrder(100, 3));
    expect(mostInOrder(100, 3)).toBeGreaterThan(50);
    expect(mostInOrder(10_000, 3)).toBeLessThan(3600);
  });

  it('gives up nobody where all of a rung go on', () => {
    const many = Array.from({ length: 100 }, (_, trial) => ({ ...finished(trial, 0, trial / 100), divisor: 1 }));
    expect(openTrials(play(ladder, ...many))).toHaveLength(100);
  });
});

describe('a ladder where somebody else chooses', () => {
  const nine = play(ladder, ...Array.from({ length: 9 }, (_, trial) => finished(trial, 0, 0.9 - 0.1 * trial)));
  const asAsha = (state: BracketState) => {
    if (state.rule !== 'asha') throw new Error('expected a ladder');
    return state;
  };

  it('promotes whoever is chosen, but no more than a third', () => {
    let state = nine;
    const risen: number[] = [];
    for (;;) {
      const [job] = chosenJobs(asAsha(state), quotaOf(3), (entries) => entries.at(-1) ?? null);
      if (job?.kind !== 'promote' || job.rung !== 1) break;
      risen.push(job.trial);
      state = play(state, started(job.trial, 1));
    }
    expect(risen).toHaveLength(3);
    expect(risen).toContain(8);
  });

  it('promotes everybody who is left in a rung of which all go on', () => {
    let state = nine;
    let count = 0;
    const everybody = (_: number, ended: number) => ended;
    for (;;) {
      const [job] = ladderJobs(asAsha(state), everybody, 2);
      if (job?.kind !== 'promote') break;
      count++;
      state = play(state, started(job.trial, 1));
    }
    expect(count).toBe(9);
  });

  it('takes a new trial where nobody is chosen, and repeats what was interrupted first', () => {
    expect(chosenJobs(asAsha(nine), quotaOf(3), () => null).map(({ kind }) => kind)).toEqual(['new']);
    const interrupted = play(nine, started(9), { type: 'interrupted' });
    expect(chosenJobs(asAsha(interrupted), quotaOf(3), ([first]) => first ?? null).map(({ kind }) => kind)).toEqual([
      'repeat',
      'promote',
      'new',
    ]);
  });
});
