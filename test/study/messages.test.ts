import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { fold } from '../../src/state/fold.js';
import { eventOfFailure, eventOfMessage } from '../../src/study/messages.js';
import { type TrialMessage, trialMessage } from '../../src/trial/protocol.js';
import { created, preparation, started, stateOf } from '../report/example-study.js';

const rung = stateOf([...preparation, created(0, {}), started(0, 1, 25)]);
const prediction = stateOf([
  ...preparation,
  created(0, {}),
  { type: 'prediction-started', at: 30, trial: 0, rung: 0, slot: 1, killAt: 40 },
]);
const final = stateOf([
  ...preparation,
  created(0, {}),
  {
    type: 'final-started',
    at: 100,
    trial: 0,
    slot: 0,
    attempt: 1,
    memoryShare: 1,
    resolution: 32,
    learningRateFactor: 1,
    endsAt: 350,
    killAt: 355,
  },
]);
const cost = {
  wallSeconds: 2,
  trainSeconds: 1,
  dataSeconds: 0.1,
  evaluateSeconds: 0.5,
  checkpointSeconds: 0.2,
  images: 100,
};
const progress: TrialMessage = {
  type: 'progress',
  fraction: 0.5,
  step: 3,
  images: 96,
  epochs: 1.5,
  loss: null,
  learningRate: 0.1,
  imagesPerSecond: 50,
};
const rungResult: TrialMessage = {
  type: 'rung-result',
  score: 0.5,
  loss: 1,
  evaluatedImages: 10,
  inferenceImagesPerSecond: 100,
  parameters: 7,
  model: '/study/trials/0/model.checkpoint',
  ...cost,
};
const finalResult: TrialMessage = {
  type: 'final-result',
  score: null,
  model: '/study/final/model.checkpoint',
  predictions: '/study/final/predictions.csv',
  epochs: 9,
  inferenceSeconds: 1,
  views: ['32 px'],
  ...cost,
};
const predictResult: TrialMessage = { type: 'predict-result', predictions: '/study/x', wallSeconds: 3 };
const read = (state: typeof rung, slot: number, message: TrialMessage): StudyEvent | null =>
  eventOfMessage(state, slot, message, 50, '/study');

describe('a message of a trial process', () => {
  it('is a line about the work of its slot, with paths relative to the study', () => {
    const model = 'trials/0/model.checkpoint';
    expect(read(rung, 0, rungResult)).toMatchObject({
      type: 'rung-finished',
      at: 50,
      trial: 0,
      rung: 1,
      model,
      ...cost,
    });
    const files = { model: 'final/model.checkpoint', predictions: 'final/predictions.csv' };
    expect(read(final, 0, finalResult)).toMatchObject({ type: 'final-finished', score: null, ...files });
    expect(read(final, 0, { ...finalResult, predictions: null })).toMatchObject({ predictions: null });
    expect(read(prediction, 1, predictResult)).toEqual({
      type: 'prediction-ended',
      at: 50,
      trial: 0,
      rung: 0,
      wallSeconds: 3,
      failed: null,
    });
  });

  it('adds a point to the curve of what trains, none to anything else', () => {
    expect(read(rung, 0, progress)).toMatchObject({ type: 'rung-progress', trial: 0, fraction: 0.5, loss: null });
    expect(read(final, 0, progress)).toMatchObject({ type: 'final-progress', epochs: 1.5 });
    expect(read(prediction, 1, progress)).toBeNull();
    expect(read(rung, 1, progress)).toBeNull();
  });

  it('tells of every checkpoint that a training has saved, and of the file only in the final run', () => {
    const checkpoint: TrialMessage = {
      type: 'checkpoint',
      path: '/study/final/final.checkpoint',
      fraction: 0.2,
      images: 100,
    };
    expect(read(final, 0, checkpoint)).toMatchObject({ type: 'final-checkpoint', path: 'final/final.checkpoint' });
    expect(read(rung, 0, checkpoint)).toEqual({ type: 'rung-checkpoint', at: 50, trial: 0, fraction: 0.2 });
  });

  it('that counts more images than the journal takes is none', () => {
    const checkpoint = { type: 'checkpoint', path: '/study/x', fraction: 0.5, images: 1e13 };
    expect(trialMessage.safeParse(checkpoint).success).toBe(true);
    expect(trialMessage.safeParse({ ...checkpoint, images: 1e13 + 1 }).success).toBe(false);
  });

  it('tells of predictions that stand before the result only in the final run', () => {
    const predicted: TrialMessage = { type: 'predicted', path: '/study/final/predictions.csv' };
    expect(read(final, 0, predicted)).toEqual({ type: 'final-predicted', at: 50, path: 'final/predictions.csv' });
    expect(read(rung, 0, predicted)).toBeNull();
    expect(read(final, 0, { ...predicted, path: '/elsewhere/predictions.csv' })).toMatchObject({ type: 'told' });
  });

  it.each([
    ['rung-result', rungResult, prediction, 1, 'prediction-ended'],
    ['final-result', finalResult, rung, 0, 'rung-failed'],
    ['predict-result', predictResult, final, 0, 'final-failed'],
    ['rung-result', rungResult, rung, 1, 'told'],
  ] as const)(
    '%s for other work than its slot has ends that work: none of its own will come',
    (type, message, state, slot, line) => {
      const event = read(state, slot, message);
      expect(event?.type).toBe(line);
      expect(JSON.stringify(event)).toContain(`${type} is no result of this work`);
    },
  );

  it('hello is told where it names another engine than the plan was made for', () => {
    const hello: TrialMessage = {
      type: 'hello',
      protocol: 1,
      pid: 7,
      engine: 'wasm',
      description: 'a test engine',
      precision: 'f32',
      precisions: [],
      exclusive: false,
      unavailable: [],
    };
    expect(read(rung, 0, hello)).toBeNull();
    expect(read(rung, 0, { ...hello, engine: 'other' })).toMatchObject({
      message: 'slot 0 runs on other, not on wasm',
    });
  });

  it.each([
    [rung, 0, 'trial 0, rung 1'],
    [prediction, 1, 'prediction of trial 0'],
    [final, 0, 'final run'],
    [rung, 1, 'slot 1'],
  ] as const)('what is told says what it is about: %#', (state, slot, name) => {
    expect(read(state, slot, { type: 'told', message: 'memory was short' })).toEqual({
      type: 'told',
      at: 50,
      message: `${name}: memory was short`,
    });
  });

  it.each(['/elsewhere/model.checkpoint', '/study/../model.checkpoint', '/study', ''])(
    'that names %j, outside of the study, is no result; a checkpoint on the way is only told',
    (model) => {
      const result = { score: 0.5, epochs: 1, inferenceSeconds: 1, views: [], predictions: null, model, ...cost };
      const failed = read(final, 0, { type: 'final-result', ...result });
      expect(failed).toMatchObject({ type: 'final-failed', reason: 'protocol' });
      expect(read(final, 0, { type: 'checkpoint', path: model, fraction: 0.5, images: 1 })).toMatchObject({
        type: 'told',
      });
    },
  );

  it.each([
    { type: 'heartbeat', timeoutSeconds: 1, memoryBytes: 1 },
    { type: 'stopped' },
    { type: 'failed', reason: 'diverged', message: 'm' },
  ] as const)('$type leaves no line of its own', (message) => {
    expect(read(rung, 0, message)).toBeNull();
  });
});

describe('a file that the disk did not take', () => {
  const failed: TrialMessage = {
    type: 'write-failed',
    path: '/study/trials/0/trunk.checkpoint',
    message: 'ENOSPC: no space left on device',
  };

  it('is told once, however often it is tried', () => {
    const told = read(rung, 0, failed);
    const message = 'trial 0, rung 1: trials/0/trunk.checkpoint could not be written: ENOSPC: no space left on device';
    expect(told).toMatchObject({ type: 'told', message });
    expect(told && eventOfMessage(fold(rung, told), 0, failed, 60, '/study')).toBeNull();
  });

  it('leaves a result without a model', () => {
    expect(read(rung, 0, { ...rungResult, model: null })).toMatchObject({ type: 'rung-finished', model: null });
    expect(read(final, 0, { ...finalResult, model: null })).toMatchObject({ type: 'final-finished', model: null });
  });
});

describe('work that ended without a result', () => {
  const failure = { reason: 'hang', message: 'silence', log: '/study/logs/slot-0-1.log' } as const;

  it('is a line about what the slot worked on', () => {
    expect(eventOfFailure(rung, 0, failure, 50)).toEqual({
      type: 'rung-failed',
      at: 50,
      trial: 0,
      rung: 1,
      ...failure,
    });
    expect(eventOfFailure(final, 0, failure, 150)).toEqual({ type: 'final-failed', at: 150, ...failure });
    expect(eventOfFailure(prediction, 1, failure, 36)).toEqual({
      type: 'prediction-ended',
      at: 36,
      trial: 0,
      rung: 0,
      wallSeconds: 6,
      failed: 'hang: silence (log /study/logs/slot-0-1.log)',
      reason: 'hang',
    });
  });

  it('is told where the slot had none', () => {
    expect(eventOfFailure(rung, 1, failure, 50)).toEqual({
      type: 'told',
      at: 50,
      message: 'slot 1: hang: silence (log /study/logs/slot-0-1.log)',
    });
  });
});
