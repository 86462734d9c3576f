import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { decideFinal } from '../../src/study/decide-final.js';
import { decideSubmission } from '../../src/study/decide-submission.js';
import { attemptSeconds, checkpointPrediction } from '../../src/study/final-checkpoint.js';
import { created, finished, preparation, started, stateOf } from '../report/example-study.js';

const plan: StudyEvent = {
  type: 'plan-made',
  at: 22,
  searchEndsAt: 100,
  endsAt: 350,
  secondsPerUnit: 1,
  overheadSeconds: 1,
  brackets: [],
};
// Trained on 10,000 images.
const searched: readonly StudyEvent[] = [
  ...preparation,
  plan,
  created(0, {}),
  started(0, 0, 25),
  finished(0, 0, 37, 0.7),
  { type: 'search-ended', at: 100, reason: 'r', winner: 0 },
];
const begun = (attempt = 1, at = 100): StudyEvent => ({
  type: 'final-started',
  at,
  trial: 0,
  slot: 0,
  attempt,
  memoryShare: 0.5,
  resolution: 32,
  learningRateFactor: 1,
  endsAt: 350,
  killAt: 356,
});
const saved = (images: number, path = 'final/final.checkpoint'): StudyEvent => ({
  type: 'final-checkpoint',
  at: 300,
  path,
  fraction: 0.8,
  images,
});
const failed: StudyEvent = { type: 'final-failed', at: 345, reason: 'crash', message: 'm', log: null };
const placed: StudyEvent = {
  type: 'submission-written',
  at: 60,
  source: 'trial',
  trial: 0,
  rung: 0,
  rows: 10_000,
  path: '/submission.csv',
};
const predicting: StudyEvent = { type: 'prediction-started', at: 345, trial: 0, rung: null, slot: 0, killAt: 356 };
const predicted = (problem: string | null): StudyEvent => ({
  type: 'prediction-ended',
  at: 348,
  trial: 0,
  rung: null,
  wallSeconds: 3,
  failed: problem,
});
const decide = (now: number, ...events: readonly StudyEvent[]) => decideFinal(stateOf([...searched, ...events]), now);

describe('a final training that fails', () => {
  it('goes on from its checkpoint as long as starting and predicting still fit', () => {
    expect(attemptSeconds(stateOf(searched))).toBeCloseTo(1.5 * 0.5 + 1.5 * (10_000 / 4000) + 1);
    expect(decide(340, placed, begun(), saved(50_000), failed)).toMatchObject({ type: 'start-final' });
  });

  it('is predicted from its checkpoint where too little time is left for that', () => {
    expect(decide(345, placed, begun(), saved(50_000), failed)).toEqual({
      type: 'start-prediction',
      trial: 0,
      rung: null,
      slot: 0,
      model: 'final/final.checkpoint',
      memoryShare: 0.5,
      killAt: 356,
    });
  });

  it('is predicted from the checkpoint that has seen most images, whoever trained it', () => {
    const standIn = { ...begun(2, 330), trial: 0 } as StudyEvent;
    const events = [
      placed,
      begun(),
      saved(50_000),
      failed,
      standIn,
      saved(20_000, 'final/trial-0/final.checkpoint'),
      failed,
    ];
    expect(decide(345, ...events)).toMatchObject({ model: 'final/final.checkpoint' });
  });

  it('is predicted from the checkpoint of another configuration once the furthest one has failed, where that is worth it', () => {
    const standIn = (images: number): readonly StudyEvent[] => [
      created(1, {}),
      { ...begun(2, 330), trial: 1 } as StudyEvent,
      saved(images, 'final/trial-1/final.checkpoint'),
      failed,
    ];
    const once = [placed, begun(), saved(50_000), failed];
    const lost = [predicting, predicted('crash: m')];
    expect(decide(349, ...once, ...standIn(20_000))).toMatchObject({ model: 'final/final.checkpoint' });
    const second = decide(349, ...once, ...standIn(20_000), ...lost);
    expect(second).toMatchObject({ trial: 1, model: 'final/trial-1/final.checkpoint' });
    // A trial has seen as many.
    expect(decide(349, ...once, ...standIn(10_000), ...lost)).toMatchObject({ model: 'final/final.checkpoint' });
    const written = { ...placed, at: 349, source: 'final-checkpoint', trial: 1, rung: null } as StudyEvent;
    const other = [predicting, predicted(null)].map((event) => ({ ...event, trial: 1 }) as StudyEvent);
    expect(decide(349, ...once, ...standIn(20_000), ...lost, ...other, written)).toMatchObject({
      exitCode: 4,
      reason: expect.stringContaining('after 20000 images'),
    });
  });

  it('leaves the submission of a trial that has seen as many images', () => {
    expect(decide(345, placed, begun(), saved(10_000), failed)).toMatchObject({ type: 'finish', exitCode: 4 });
    expect(decide(345, begun(), saved(10_000), failed)).toMatchObject({ type: 'start-prediction' });
  });

  it('ends with exit code 4 and says so once that submission stands', () => {
    const ready = [placed, begun(), saved(50_000), failed, predicting, predicted(null)];
    const place = decideSubmission(stateOf([...searched, ...ready]));
    expect(place).toEqual({
      type: 'place-submission',
      source: 'final-checkpoint',
      trial: 0,
      rung: null,
      predictions: 'final/checkpoint-predictions.csv',
    });
    const written = { ...placed, at: 349, source: 'final-checkpoint', rung: null } as StudyEvent;
    expect(decideSubmission(stateOf([...searched, ...ready, written]))).toBeNull();
    expect(decide(349, ...ready, written)).toEqual({
      type: 'finish',
      exitCode: 4,
      reason:
        'the final training did not end in time: the submission comes from its last checkpoint after 50000 images',
    });
  });

  it('tries that prediction once more, not for ever, and not without time', () => {
    const once = [placed, begun(), saved(50_000), failed, predicting, predicted('crash: m')];
    expect(decide(348, ...once)).toMatchObject({ type: 'start-prediction' });
    expect(decide(348, ...once, predicting, predicted('crash: m'))).toMatchObject({ type: 'finish', exitCode: 4 });
    expect(decide(349.8, placed, begun(), saved(50_000), failed)).toMatchObject({ type: 'finish', exitCode: 4 });
  });

  it('has nothing to predict where nobody wants a submission', () => {
    const without = searched.map((event) =>
      event.type === 'study-created' ? { ...event, submissionPath: null } : event,
    );
    expect(checkpointPrediction(stateOf([...without, begun(), saved(50_000), failed]), 345)).toBeNull();
  });
});
