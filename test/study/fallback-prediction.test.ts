import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { decideFinal } from '../../src/study/decide-final.js';
import { decideSubmission } from '../../src/study/decide-submission.js';
import { fallbackPrediction } from '../../src/study/fallback-prediction.js';
import { created, finished, planned, preparation, started, stateOf } from '../report/example-study.js';

// Trained on 10,000 images.
const searched: readonly StudyEvent[] = [
  ...preparation,
  planned,
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
  it('goes on from its checkpoint while there is time for it to hang at its start and to predict then', () => {
    const early = { ...failed, at: 300 } as StudyEvent;
    expect(decide(300, placed, begun(), saved(50_000), early)).toMatchObject({ type: 'start-final' });
  });

  it('predicts from its checkpoint first where a further attempt that hangs would leave no time for it, then goes on', () => {
    const late = [placed, begun(), saved(50_000), { ...failed, at: 330 } as StudyEvent];
    expect(decide(330, ...late)).toMatchObject({
      type: 'start-prediction',
      trial: 0,
      rung: null,
      model: 'final/final.checkpoint',
      // 1.75 s to start, three times 1.25 s to predict on two slots' processors, 5 s.
      killAt: 340.5,
    });
    // Its process may take longer to start, as long as half of the time is left.
    const earlier = [placed, begun(), saved(50_000), { ...failed, at: 311 } as StudyEvent];
    expect(decide(311, ...earlier)).toMatchObject({ type: 'start-prediction', killAt: 330.5 });
    const began = { ...predicting, at: 330 } as StudyEvent;
    const ended = { ...predicted(null), at: 333 } as StudyEvent;
    const written = { ...placed, at: 333, source: 'final-checkpoint', rung: null } as StudyEvent;
    expect(decide(333, ...late, began, ended, written)).toMatchObject({ type: 'start-final' });
    // What it saves then was not predicted.
    const more = [begun(2, 334), { ...saved(60_000), at: 340 } as StudyEvent, { ...failed, at: 349 } as StudyEvent];
    expect(decide(349, ...late, began, ended, written, ...more)).toMatchObject({
      exitCode: 4,
      reason: expect.stringContaining('the submission comes from an earlier checkpoint'),
    });
  });

  it('is predicted from its checkpoint where too little time is left for that', () => {
    expect(decide(348, placed, begun(), saved(50_000), failed)).toEqual({
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
    expect(decide(348, placed, begun(), saved(10_000), failed)).toMatchObject({ type: 'finish', exitCode: 4 });
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
    expect(decide(348, ...once)).toMatchObject({ type: 'start-prediction', memoryShare: 0.25 });
    expect(decide(348, ...once, predicting, predicted('crash: m'))).toMatchObject({ type: 'finish', exitCode: 4 });
    expect(decide(349.8, placed, begun(), saved(50_000), failed)).toMatchObject({ type: 'finish', exitCode: 4 });
  });

  it('has nothing to predict where nobody wants a submission', () => {
    const without = searched.map((event) =>
      event.type === 'study-created' ? { ...event, submissionPath: null } : event,
    );
    expect(fallbackPrediction(stateOf([...without, begun(), saved(50_000), failed]), 345)).toBeNull();
  });
});

describe('the best trial, of which no predictions stand,', () => {
  // 6.7 s for 10,000 images: more than 1 % of the budget, so that the search has predicted nothing.
  const slow = searched.map((event) =>
    event.type === 'rung-finished' ? { ...event, inferenceImagesPerSecond: 1500 } : event,
  );
  const alone = slow.map((event) => (event.type === 'engine-chosen' ? { ...event, slots: 1, threads: 1 } : event));
  const prior = { ...placed, at: 22, source: 'class-prior', trial: null, rung: null } as StudyEvent;
  const next = (now: number, ...events: readonly StudyEvent[]) =>
    decideFinal(stateOf([...alone, prior, ...events]), now);
  const ofTrial = { type: 'start-prediction', trial: 0, rung: 0, model: 'trials/0/model.checkpoint', memoryShare: 1 };
  const begins: StudyEvent = { ...predicting, at: 101, rung: 0 } as StudyEvent;
  const ends = (problem: string | null): StudyEvent => ({ ...predicted(problem), at: 109, rung: 0 }) as StudyEvent;
  const died = (at: number): StudyEvent => ({ ...failed, at }) as StudyEvent;

  it('predicts before the final training where that takes at most a twentieth of what is left', () => {
    expect(next(101)).toMatchObject({ ...ofTrial, killAt: 101 + 1.75 + 20 + 5 + 36 });
    expect(next(109, begins, ends(null), { ...placed, at: 109 } as StudyEvent)).toMatchObject({ type: 'start-final' });
    // 6.7 s are more than a twentieth of 130 s; all processors together take half of that.
    expect(next(220)).toMatchObject({ type: 'start-final' });
    expect(decideFinal(stateOf([...slow, prior]), 220)).toMatchObject(ofTrial);
  });

  it('keeps nobody from training where it fails, and is not tried before where another submission stands', () => {
    const crashed = [begins, ends('crash: m')];
    expect(next(110, ...crashed)).toMatchObject({ ...ofTrial, memoryShare: 0.5 });
    expect(next(110, ...crashed, ...crashed)).toMatchObject({ type: 'start-final' });
    const other = [created(1, {}), started(1, 0, 25), finished(1, 0, 37, 0.6), { ...placed, trial: 1 } as StudyEvent];
    expect(decideFinal(stateOf([...alone, ...other]), 101)).toMatchObject({ type: 'start-final' });
  });

  it('holds up the final training for two failures in all, whoever else has a model; the next-best predicts where nothing else is left to do', () => {
    const [end] = alone.slice(-1);
    const second = { ...finished(1, 0, 37, 0.6), inferenceImagesPerSecond: 1500 } as StudyEvent;
    const both = [...alone.slice(0, -1), created(1, {}), started(1, 0, 25), second, ...(end ? [end] : []), prior];
    const twice = [begins, ends('crash: m'), begins, ends('crash: m')];
    expect(decideFinal(stateOf([...both, ...twice]), 110)).toMatchObject({ type: 'start-final' });
    const late = [...both, ...twice, begun(), died(341)];
    expect(decideFinal(stateOf(late), 341)).toMatchObject({ type: 'start-prediction', trial: 1, rung: 0 });
  });

  it('predicts once an attempt has failed, where it has not before', () => {
    expect(next(200, begun(), died(200))).toMatchObject(ofTrial);
    expect(next(225, begun(), died(225))).toMatchObject({ type: 'start-final' });
    // A further attempt that hangs at its start would end too late.
    expect(next(305, begun(), died(305))).toMatchObject(ofTrial);
  });

  it('predicts before the study gives up, in all the time that is left', () => {
    expect(next(341, begun(), died(341))).toMatchObject({ ...ofTrial, killAt: 356 });
    expect(next(345)).toMatchObject({ ...ofTrial, killAt: 356 });
    const stands = [begins, ends(null), { ...placed, at: 349 } as StudyEvent];
    expect(next(349, begun(), died(341), ...stands)).toMatchObject({ type: 'finish', exitCode: 4 });
  });

  it('comes before a checkpoint of the final training that has seen no more images, which stands in where it fails', () => {
    const early = [begun(), saved(9000), died(346)];
    expect(next(347, ...early)).toMatchObject(ofTrial);
    expect(next(348, ...early, begins, ends('hang: m'))).toMatchObject({ rung: null, model: 'final/final.checkpoint' });
    const further = [begun(), saved(10_001), died(346)];
    expect(next(347, ...further)).toMatchObject({ rung: null });
    // An earlier attempt at its rung had trained for 5 s.
    const twice = alone.map((event) => (event.type === 'rung-finished' ? { ...event, earlierTrainSeconds: 5 } : event));
    expect(decideFinal(stateOf([...twice, prior, ...further]), 347)).toMatchObject(ofTrial);
  });

  it('comes after a final model whose predictions the disk did not take, and could not be made again', () => {
    const result: StudyEvent = {
      type: 'final-finished',
      at: 350,
      score: null,
      model: 'final/model.checkpoint',
      predictions: null,
      epochs: 1,
      inferenceSeconds: 1,
      wallSeconds: 1,
      trainSeconds: 1,
      dataSeconds: 0,
      evaluateSeconds: 0,
      checkpointSeconds: 0,
      images: 1,
    };
    const lost = [predicting, predicted('error: m')];
    expect(next(351, begun(), result)).toMatchObject({ model: 'final/model.checkpoint' });
    expect(next(352, begun(), result, ...lost)).toMatchObject(ofTrial);
    expect(next(352, begun(), { ...result, model: null } as StudyEvent)).toMatchObject(ofTrial);
    // The final training's own predictions stand.
    expect(next(351, begun(), { ...result, predictions: 'p' } as StudyEvent)).toMatchObject({ type: 'finish' });
  });
});
