import { describe, expect, it } from 'vitest';
import type { SearchSpace } from '../../src/space/types.js';
import type { StudyEvent } from '../../src/state/events.js';
import type { StudyState } from '../../src/state/types.js';
import type { Action } from '../../src/study/actions.js';
import { assignmentOf, resolutionOf } from '../../src/study/assignment.js';
import { anyAssignment } from '../../src/trial/protocol.js';
import { created, preparation, stateOf, wholeStudy } from '../report/example-study.js';
import { tinySpace } from './simulated.js';

const ended: StudyEvent = { type: 'search-ended', at: 100, reason: 'r', winner: 0 };
const engine = {
  type: 'engine-chosen',
  at: 1,
  engine: 'wasm',
  description: 'a test engine',
  precision: 'f32',
  precisions: [],
  exclusive: false,
  slots: 2,
  threads: 5,
  unavailable: [],
};
const events = preparation.map((event) => {
  if (event.type === 'data-packed') return { ...event, resolutions: [16, 24, 32] };
  return event.type === 'engine-chosen' ? (engine as StudyEvent) : event;
});
const state = stateOf([...events, created(0, { resolution: 32 }), created(1, { resolution: 32 }), ended]);
const space = { ...tinySpace, fidelity: { subset: 0.25, resample: true, classes: 0.25, resolution: 0.5 } };
const rung: Extract<Action, { type: 'start-rung' }> = {
  type: 'start-rung',
  trial: 1,
  rung: 0,
  slot: 0,
  attempt: 1,
  memoryShare: 0.5,
  from: 0,
  resource: 4,
  killAt: 60,
  depth: 3,
  level: 0,
};
const final: Extract<Action, { type: 'start-final' }> = {
  type: 'start-final',
  trial: 0,
  slot: 0,
  attempt: 1,
  memoryShare: 1,
  resolution: 32,
  learningRateFactor: 0.5,
  endsAt: 350,
  killAt: 355,
};
const assign = (action: Parameters<typeof assignmentOf>[0], of: StudyState = state) =>
  assignmentOf(action, of, space, '/study', 30);

describe('an assignment', () => {
  it("is what the protocol reads, with absolute paths and the study's own time", () => {
    const predict = {
      type: 'start-prediction',
      trial: 1,
      rung: 0,
      slot: 1,
      model: 'trials/1/model.checkpoint',
      memoryShare: 1,
      killAt: 50,
    } as const;
    for (const action of [rung, final, predict]) {
      const assignment = assign(action);
      expect(anyAssignment.parse(JSON.parse(JSON.stringify(assignment)))).toEqual(assignment);
      expect(assignment).toMatchObject({ sentAtSeconds: 30, killAtSeconds: action.killAt, data: '/pack' });
    }
    expect(assign(predict)).toMatchObject({
      checkpoint: '/study/trials/1/model.checkpoint',
      predictions: '/study/trials/1/predictions.csv',
    });
  });

  it('says which part of the usual micro-batch it may hold', () => {
    expect(assign(rung)).toMatchObject({ memoryShare: 0.5 });
    expect(assign({ ...final, memoryShare: 0.25 })).toMatchObject({ memoryShare: 0.25 });
  });

  it('of a rung shares the cores, the final run has all of them', () => {
    expect(assign(rung).threads).toBe(2);
    expect(assign(final).threads).toBe(5);
  });

  it('of a prediction shares the cores in the search, and has all of them after it', () => {
    const predict = { ...rung, type: 'start-prediction', rung: 0, model: 'trials/1/model.checkpoint' } as const;
    expect(assign(predict, stateOf([...events, created(0, {}), created(1, {})])).threads).toBe(2);
    expect(assign(predict).threads).toBe(5);
  });

  it('of a rung grows in fidelity with its level, up to the whole at the top', () => {
    const seen = [0, 1, 2].map((level) => assign({ ...rung, level }));
    const subsets = seen.map((assignment) => (assignment.type === 'rung' ? assignment.subset : Number.NaN));
    expect(subsets[0]).toBeCloseTo(0.25);
    expect(subsets[2]).toBe(1);
    expect(subsets[1]).toBeGreaterThan(0.25);
    expect(seen.map((assignment) => assignment.type === 'rung' && assignment.classes)).toEqual(subsets);
    expect(seen).toMatchObject([{ resample: true }, { resample: true }, { resample: true }]);
    expect(seen.map((assignment) => assignment.type === 'rung' && assignment.resolution)).toEqual([16, 24, 32]);
  });

  it('of a rung takes the next larger packed side where its own is not packed', () => {
    const packed = events.map((event) => (event.type === 'data-packed' ? { ...event, resolutions: [28, 32] } : event));
    const other = stateOf([...packed, created(0, { resolution: 32 }), created(1, { resolution: 32 })]);
    expect(assign(rung, other)).toMatchObject({ resolution: 28 });
  });

  it('seeds every trial of its own, and the final run apart from them', () => {
    const seeds = [rung, { ...rung, trial: 0 }, final]
      .map((action) => assign(action))
      .map((one) => 'seed' in one && one.seed);
    expect(seeds).toEqual(['7:trial:1', '7:trial:0', '7:final']);
  });

  it("of a stand-in for the winner does not continue the winner's checkpoint", () => {
    expect(assign(final)).toMatchObject({ directory: '/study/final', predictions: '/study/final/predictions.csv' });
    expect(assign({ ...final, trial: 1 })).toMatchObject({ directory: '/study/final/trial-1' });
  });

  it('of a second attempt keeps the beginning of the schedule', () => {
    const { type: _, ...start } = final;
    const again = stateOf([
      ...[...events, created(0, {}), ended, { type: 'final-started' as const, at: 110, ...start }],
      { type: 'final-failed' as const, at: 120, reason: 'crash' as const, message: 'm', log: null },
      { type: 'final-started' as const, at: 121, ...start, attempt: 2 },
    ]);
    expect(assign(final, again)).toMatchObject({ beganAtSeconds: 110 });
  });

  it('of a final run whose learning rate is to be checked says what its trial had reached half-way through its last rung', () => {
    const started = (rung: number): StudyEvent => {
      const base = { at: 10, trial: 0, slot: 0, attempt: 1, memoryShare: 1, resource: 4, killAt: 60 };
      return { type: 'rung-started', rung, ...base };
    };
    const progress = (fraction: number, images: number, loss: number | null): StudyEvent => {
      return { type: 'rung-progress', at: 11, trial: 0, fraction, images, loss, learningRate: 1, imagesPerSecond: 1 };
    };
    const result = wholeStudy.find((event) => event.type === 'rung-finished');
    if (result === undefined) throw new Error('expected a finished rung');
    const finished = { ...result, trial: 0, rung: 0, images: 500 };
    const before = [...events, created(0, { resolution: 32 })];
    const first = [started(0), progress(0.2, 100, 2), progress(0.9, 400, 1), finished];
    const second = [started(1), progress(0.3, 200, 1.4), progress(0.4, 300, 1.3), progress(0.6, 500, 1.1)];
    const expected = (more: readonly StudyEvent[], of: Partial<SearchSpace> = {}) => {
      const checked = { ...space, ...of, final: { ...space.final, checkLearningRate: true } };
      const assignment = assignmentOf(final, stateOf([...before, ...more]), checked, '/study', 30);
      return assignment.type === 'final' ? assignment.rateCheck : undefined;
    };
    expect(expected([...first, ...second])).toEqual({ expected: { images: 800, loss: 1.3 } });
    const restart = { scheduler: { ...space.scheduler, anneal: 'restart' as const } };
    expect(expected([...first, ...second], restart)).toEqual({ expected: { images: 300, loss: 1.3 } });
    expect(expected(first)).toEqual({ expected: { images: 100, loss: 2 } });
    expect(expected([started(0), progress(0.2, 100, null)])).toEqual({ expected: null });
    // What an interrupted attempt had trained is not counted.
    const failed = {
      type: 'rung-failed',
      at: 11,
      trial: 0,
      rung: 0,
      reason: 'crash',
      message: 'm',
      log: null,
    } as const;
    expect(expected([started(0), failed, ...first])).toEqual({ expected: null });
    expect(expected([started(0), failed, ...first, ...second])).toEqual({ expected: null });
    // A longer training would be regularised more, and so have a higher loss.
    before[before.length - 1] = created(0, { resolution: 32, 'regularisation.fullEpochs': 30 });
    expect(expected(first)).toEqual({ expected: null });
    expect(assign(final)).toMatchObject({ rateCheck: null });
  });

  it('of a final run asks for no predictions where there is nothing to predict', () => {
    const noTest = events.map((event) => (event.type === 'data-packed' ? { ...event, test: 0 } : event));
    expect(assign(final, stateOf([...noTest, created(0, {}), ended]))).not.toHaveProperty('predictions');
  });

  it('needs its trial to be there', () => {
    expect(() => assign({ ...rung, trial: 9 })).toThrow(/expected trial 9/);
  });
});

it('a configuration without a resolution has the default one', () => {
  expect([resolutionOf({}), resolutionOf({ resolution: 64 })]).toEqual([32, 64]);
});
