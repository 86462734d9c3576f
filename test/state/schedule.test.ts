import { describe, expect, it } from 'vitest';
import { mostInOrder } from '../../src/scheduler/asha.js';
import { jobsOf } from '../../src/scheduler/jobs.js';
import type { StudyEvent } from '../../src/state/events.js';
import type { EventOf } from '../../src/state/types.js';
import { created, finished, started, stateOf } from '../report/example-study.js';

const shapes = [
  [
    { trials: 3, resource: 10 },
    { trials: 1, resource: 30 },
  ],
  [{ trials: 2, resource: 30 }],
];
const plan: EventOf<'plan-made'> = {
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
const empty = { ended: 0, working: [], ranked: [] };

describe('the schedule of a state', () => {
  it('holds each trial in its own bracket and rungs', () => {
    const state = stateOf([
      ...[plan, open(0, 0), open(1, 1)],
      ...[inBracket(0, 0), started(0, 0, 5), finished(0, 0, 9, 0.7), started(0, 1, 10)],
      ...[inBracket(1, 1), started(1, 0, 11)],
    ]);
    expect(state.schedule).toEqual([
      {
        bracket: 0,
        plan: shapes[0],
        rule: 'halving',
        rungs: [
          { ended: 1, working: [], ranked: [{ trial: 0, score: 0.7, promoted: true }] },
          { ...empty, working: [{ trial: 0, status: 'running' }] },
        ],
      },
      {
        bracket: 1,
        plan: shapes[1],
        rule: 'halving',
        rungs: [{ ...empty, working: [{ trial: 1, status: 'running' }] }],
      },
    ]);
  });

  it("tells a failure, which is final, from an interruption, which is nobody's fault", () => {
    const trials = [0, 1].flatMap((trial) => [inBracket(trial, 0), started(trial, 0, 5)]);
    const state = stateOf([plan, open(0, 0), ...trials, failed(0, 'error'), failed(1, 'interrupted')]);
    expect(state.schedule[0]?.rungs[0]).toEqual({ ...empty, ended: 1, working: [{ trial: 1, status: 'pending' }] });
  });

  it('holds a trial that was created and never started as one to be done', () => {
    const state = stateOf([plan, open(0, 0), inBracket(0, 0)]);
    expect(state.schedule[0]?.rungs).toEqual([{ ...empty, working: [{ trial: 0, status: 'pending' }] }, empty]);
  });

  it('holds what ran when the study stopped as to be done again', () => {
    const resumed: StudyEvent = { type: 'study-resumed', at: 30, downSeconds: 5 };
    const state = stateOf([plan, open(0, 0), inBracket(0, 0), started(0, 0, 5), resumed]);
    expect(state.schedule.flatMap(jobsOf)).toMatchObject([{ kind: 'repeat', trial: 0 }]);
  });

  it('forgets a bracket that is done', () => {
    const both = [0, 1].flatMap((trial) => [inBracket(trial, 0), started(trial, 0, 5), finished(trial, 0, 9, 0.5)]);
    expect(stateOf([plan, open(0, 1), ...both]).schedule).toEqual([]);
  });

  it('gives up nobody of a last rung but one that does not rank, of which all go on', () => {
    const ladder: StudyEvent = { ...plan, brackets: [shapes[0] ?? []], promotion: { rule: 'asha', eta: 3 } };
    const many = (sign: number) =>
      Array.from({ length: 40 }, (_, trial) => [
        ...[inBracket(trial, 0), started(trial, 0, 5), finished(trial, 0, 9, 0.5 + 0.01 * trial)],
        ...(trial < 20 ? [started(trial, 1, 10), finished(trial, 1, 11, 0.5 + sign * 0.01 * trial)] : []),
      ]).flat();
    const known = (sign: number) => stateOf([ladder, open(0, 0), ...many(sign)]).schedule[0]?.rungs[0]?.ranked.length;
    expect(known(-1)).toBe(40);
    expect(known(1)).toBe(mostInOrder(40, 3));
  });

  it('promotes by the rule of the plan', () => {
    const ladder: StudyEvent = { ...plan, promotion: { rule: 'asha', eta: 2 } };
    const both = [0, 1].flatMap((trial) => [inBracket(trial, 0), started(trial, 0, 5), finished(trial, 0, 9, 0.5)]);
    const { schedule } = stateOf([ladder, open(0, 0), ...both]);
    expect(schedule.flatMap(jobsOf)).toMatchObject([{ kind: 'promote', trial: 0, rung: 1 }, { kind: 'new' }]);
  });
});
