import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { emptyState, fold } from '../../src/state/fold.js';
import { IllegalEventError } from '../../src/state/illegal-event.js';
import { rankTrials } from '../../src/state/ranking.js';
import type { EventOf } from '../../src/state/types.js';
import { replay } from '../../src/study/log.js';
import { created, finished, preparation, started, stateOf, wholeStudy } from '../report/example-study.js';
import { failed, finalStarted, resumed } from './few-events.js';

const plan: StudyEvent = {
  type: 'plan-made',
  at: 22,
  searchEndsAt: 100,
  endsAt: 357,
  secondsPerUnit: 1,
  overheadSeconds: 1,
  brackets: [[{ trials: 3, resource: 10 }]],
};
const memory = (at: number, bytes: number | null, overheadBytes = 500): StudyEvent => ({
  type: 'gpu-memory',
  at,
  limitBytes: 6000,
  poolBytes: 5000,
  overheadBytes,
  estimatedBytes: bytes,
  allocatedBytes: bytes,
  measuredBytes: bytes,
});
const interrupted = (at: number): StudyEvent => ({ type: 'study-interrupted', at, reason: 'r' });
const ended = (trial: number, reason: string | null): StudyEvent => ({
  type: 'prediction-ended',
  at: 40,
  trial,
  rung: 0,
  wallSeconds: 1,
  failed: reason,
});

describe('the state', () => {
  it('does not change what it was folded from', () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null)
        for (const inner of Object.values(Object.freeze(value))) freeze(inner);
      return value;
    };
    expect(() => wholeStudy.reduce((state, event) => freeze(fold(state, event)), freeze(emptyState))).not.toThrow();
  });

  it('stands at the time of its newest event, even after one that came out of order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (times) => {
        const state = stateOf(times.map((at) => ({ type: 'told', at, message: '' })));
        expect(state.at).toBe(Math.max(...times));
      }),
    );
  });

  it('goes from preparing over search and final to finished', () => {
    const events = [...preparation, plan, ...wholeStudy.slice(preparation.length)];
    const phases = events.map((_, index) => stateOf(events.slice(0, index + 1)).phase);
    expect([...new Set(phases)]).toEqual(['preparing', 'search', 'final', 'finished']);
    expect(phases.toSorted((a, b) => phases.indexOf(a) - phases.indexOf(b))).toEqual(phases);
  });

  it('is in the final phase after planning where the configuration was given', () => {
    const given: StudyEvent = { type: 'search-ended', at: 22, reason: 'given', winner: 0 };
    expect(stateOf([...preparation, created(0, {}), given, plan]).phase).toBe('final');
  });

  it('keeps what was told last', () => {
    const messages = Array.from({ length: 250 }, (_, at): StudyEvent => ({ type: 'told', at, message: `${at}` }));
    const { told } = stateOf(messages);
    expect([told.length, told.at(0)?.message, told.at(-1)?.message]).toEqual([200, '50', '249']);
  });
});

describe('GPU memory', () => {
  it('keeps the highest of the whole study, however often that is resumed, and the rest as it stands', () => {
    const state = stateOf([memory(1, null), memory(2, 900), memory(3, 400, 300), memory(4, null, 300)]);
    expect(state.gpuMemory).toMatchObject({
      estimatedBytes: 900,
      allocatedBytes: 900,
      measuredBytes: 900,
      overheadBytes: 300,
    });
  });

  it('is unknown until something was seen, and not there without a GPU', () => {
    expect(stateOf([memory(1, null)]).gpuMemory?.measuredBytes).toBeNull();
    expect(emptyState.gpuMemory).toBeNull();
  });
});

describe('failures in a row', () => {
  const again: StudyEvent = { ...(started(0, 0, 45) as EventOf<'rung-started'>), attempt: 2 };
  const one = [created(0, {}), created(1, {}), started(0, 0, 25), failed(0, 0, 40)];

  it('count every attempt, also of a rung that was started again', () => {
    expect(stateOf([...one, again, failed(0, 0, 50)]).failuresInARow.map(({ at }) => at)).toEqual([40, 50]);
  });

  it('end with a rung that finishes and with another engine, and leave out interruptions', () => {
    expect(stateOf([...one, again, finished(0, 0, 50, 0.5)]).failuresInARow).toEqual([]);
    expect(stateOf([...one, ...preparation.filter(({ type }) => type === 'engine-chosen')]).failuresInARow).toEqual([]);
    expect(
      stateOf([...one, again, { type: 'study-interrupted', at: 47, reason: 'r' }]).failuresInARow.map(({ at }) => at),
    ).toEqual([40]);
  });
});

describe('an interruption', () => {
  it('makes whatever ran pending, and is the same when the program died without a word', () => {
    const running = [...preparation, plan, created(0, {}), started(0, 0, 25), created(1, {}), started(1, 0, 26)];
    const polite = stateOf([...running, interrupted(30), resumed(40)]);
    expect(stateOf([...running, interrupted(30)]).phase).toBe('interrupted');
    expect(polite.phase).toBe('search');
    expect(polite.trials.map(({ rungs }) => rungs)).toMatchObject([
      [{ status: 'failed', reason: 'interrupted', failedAt: 30 }],
      [{ status: 'failed', reason: 'interrupted', failedAt: 30 }],
    ]);
    const killed = stateOf([...running, resumed(40)]);
    const reasons = ({ trials }: typeof killed) => trials.map(({ rungs }) => rungs.at(-1)?.status);
    expect(reasons(killed)).toEqual(reasons(polite));
  });

  it('forgets a prediction on the way, so that it may start again', () => {
    const begun: StudyEvent = { type: 'prediction-started', at: 38, trial: 0, rung: 0, slot: 0, killAt: 50 };
    const trial = created(0, {});
    expect(stateOf([trial, begun]).predictions).toHaveLength(1);
    expect(stateOf([trial, begun, resumed(40)]).predictions).toEqual([]);
    expect(stateOf([trial, begun, ended(0, null), resumed(50)]).predictions).toMatchObject([{ end: { failed: null } }]);
    // Its process was asked to stop first.
    const stopped = { ...ended(0, 'interrupted: it was stopped'), reason: 'interrupted' } as StudyEvent;
    expect(stateOf([trial, begun, stopped, interrupted(41)]).predictions).toEqual([]);
    const crashed = { ...ended(0, 'crash: m'), reason: 'crash' } as StudyEvent;
    expect(stateOf([trial, begun, crashed, interrupted(41), resumed(50)]).predictions).toHaveLength(1);
  });

  it('keeps the start of the final schedule and its checkpoint', () => {
    const { final } = stateOf([
      created(0, {}),
      finalStarted(100),
      { type: 'final-checkpoint', at: 150, path: 'final/final.checkpoint', fraction: 0.2, images: 100 },
      resumed(200),
      finalStarted(205),
    ]);
    expect(final).toMatchObject({
      status: 'running',
      beganAt: 100,
      checkpoints: [{ path: 'final/final.checkpoint', trial: 0, images: 100 }],
    });
    expect(final.status === 'running' && final.failures).toMatchObject([{ reason: 'interrupted', at: 200 }]);
  });

  it('takes no finished rung back', () => {
    fc.assert(
      fc.property(fc.integer({ min: preparation.length, max: wholeStudy.length - 1 }), (cut) => {
        const before = stateOf(wholeStudy.slice(0, cut));
        const after = fold(before, resumed(before.at + 1));
        expect(rankTrials(after)).toMatchObject(
          rankTrials(before).map(({ trial, rung, score }) => ({ trial, rung, score })),
        );
        expect(after.trials.some(({ rungs }) => rungs.some(({ status }) => status === 'running'))).toBe(false);
        expect(after.submission).toBe(before.submission);
      }),
    );
  });
});

describe('a journal that is not one of ours', () => {
  it.each<readonly [string, StudyEvent]>([
    ['a prediction', { type: 'prediction-started', at: 38, trial: 3, rung: 0, slot: 0, killAt: 50 }],
    ['a winner', { type: 'search-ended', at: 80, reason: 'r', winner: 3 }],
    ['a final run', finalStarted(100, 3)],
    ['a rung', started(3, 0, 25)],
  ])('is refused for %s of a trial that there is not', (_, event) => {
    expect(() => stateOf([...preparation, created(0, {}), event])).toThrow(IllegalEventError);
    expect(() => replay([...preparation, created(0, {}), event], 'journal.jsonl')).toThrow(
      `journal.jsonl:${preparation.length + 2}:1: expected a trial below 1, got ${event.type}`,
    );
  });

  it('is refused for a second beginning', () => {
    expect(() => stateOf([...preparation, ...preparation])).toThrow(/expected one beginning, got study-created/);
  });
});

describe('a prediction', () => {
  it('that could not be put in place counts as failed', () => {
    const begun: StudyEvent = { type: 'prediction-started', at: 38, trial: 0, rung: 0, slot: 0, killAt: 50 };
    const { predictions } = stateOf([created(0, {}), begun, ended(0, null), ended(0, 'no space left')]);
    expect(predictions).toMatchObject([{ trial: 0, end: { failed: 'no space left' } }]);
  });
});
