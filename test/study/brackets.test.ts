import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { bracketStates } from '../../src/study/brackets.js';
import { created, finished, started, stateOf } from '../report/example-study.js';

const shapes = [
  [
    { trials: 3, resource: 10 },
    { trials: 1, resource: 30 },
  ],
  [{ trials: 2, resource: 30 }],
];
const plan: StudyEvent = {
  type: 'plan-made',
  at: 1,
  searchEndsAt: 100,
  endsAt: 200,
  secondsPerUnit: 1,
  overheadSeconds: 1,
  brackets: shapes,
};
const open = (bracket: number, shape: number): StudyEvent => ({ type: 'bracket-opened', at: 2, bracket, shape });
const inBracket = (trial: number, bracket: number): StudyEvent => ({ ...created(trial, {}), bracket }) as StudyEvent;
const failed = (trial: number, reason: 'error' | 'interrupted'): StudyEvent => ({
  type: 'rung-failed',
  at: 20,
  trial,
  rung: 0,
  reason,
  message: 'm',
  log: null,
});

describe('the brackets of a state', () => {
  it('hold each trial in its own bracket and rungs', () => {
    const state = stateOf([
      ...[plan, open(0, 0), open(1, 1)],
      ...[inBracket(0, 0), started(0, 0, 5), finished(0, 0, 9, 0.7), started(0, 1, 10)],
      ...[inBracket(1, 1), started(1, 0, 11)],
    ]);
    expect(bracketStates(state)).toEqual([
      {
        bracket: 0,
        plan: shapes[0],
        rungs: [[{ trial: 0, status: 'finished', score: 0.7 }], [{ trial: 0, status: 'running', score: null }]],
      },
      { bracket: 1, plan: shapes[1], rungs: [[{ trial: 1, status: 'running', score: null }]] },
    ]);
  });

  it("tell a failure, which is final, from an interruption, which is nobody's fault", () => {
    const trials = [0, 1].flatMap((trial) => [inBracket(trial, 0), started(trial, 0, 5)]);
    const state = stateOf([plan, open(0, 0), ...trials, failed(0, 'error'), failed(1, 'interrupted')]);
    expect(bracketStates(state)[0]?.rungs[0]).toMatchObject([{ status: 'failed' }, { status: 'pending' }]);
  });

  it('hold a trial that was created and never started as pending', () => {
    expect(bracketStates(stateOf([plan, open(0, 0), inBracket(0, 0)]))[0]?.rungs).toEqual([
      [{ trial: 0, status: 'pending', score: null }],
      [],
    ]);
  });
});
