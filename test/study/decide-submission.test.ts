import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { decideSubmission, duePrediction } from '../../src/study/decide-submission.js';
import { created, finished, preparation, started, stateOf, wholeStudy } from '../report/example-study.js';

const trial = (number: number, score: number, inferenceImagesPerSecond = 4000): readonly StudyEvent[] => [
  created(number, {}),
  started(number, 0, 25),
  { ...finished(number, 0, 37, score), inferenceImagesPerSecond } as StudyEvent,
];
const predicting = (number: number, rung = 0): StudyEvent => ({
  type: 'prediction-started',
  at: 40,
  trial: number,
  rung,
  slot: 0,
  killAt: 60,
});
const predicted = (number: number, failed: string | null = null, wallSeconds = 1, rung = 0): StudyEvent => ({
  type: 'prediction-ended',
  at: 45,
  trial: number,
  rung,
  wallSeconds,
  failed,
});
const placed = (number: number, rung = 0): StudyEvent => ({
  type: 'submission-written',
  at: 46,
  source: 'trial',
  trial: number,
  rung,
  rows: 10_000,
  path: '/submission.csv',
});
const decide = (...events: readonly StudyEvent[]) => decideSubmission(stateOf([...preparation, ...events]));

describe('a submission', () => {
  it('of a trial is placed once its predictions are there', () => {
    expect(decide(...trial(0, 0.5), predicting(0))).toBeNull();
    expect(decide(...trial(0, 0.5), predicting(0), predicted(0))).toEqual({
      type: 'place-submission',
      source: 'trial',
      trial: 0,
      rung: 0,
      predictions: 'trials/0/predictions.csv',
    });
  });

  it('is not placed twice', () => {
    expect(decide(...trial(0, 0.5), predicting(0), predicted(0), placed(0))).toBeNull();
  });

  it('comes from the best trial that has predictions', () => {
    const three = [...trial(0, 0.5), ...trial(1, 0.6), ...trial(2, 0.9)];
    const ready = [predicting(0), predicted(0), placed(0), predicting(1), predicted(1)];
    expect(decide(...three, ...ready)).toMatchObject({ trial: 1 });
  });

  it('never comes from predictions that failed, or that could not be put in place', () => {
    expect(decide(...trial(0, 0.5), predicting(0), predicted(0, 'crash'))).toBeNull();
    expect(decide(...trial(0, 0.5), predicting(0), predicted(0), predicted(0, 'no space left'))).toBeNull();
  });

  it('of the final run comes before everything and is never replaced', () => {
    const done = wholeStudy.findIndex(({ type }) => type === 'final-finished') + 1;
    const state = stateOf(wholeStudy.slice(0, done));
    expect(decideSubmission(state)).toMatchObject({ source: 'final', predictions: 'final/predictions.csv' });
    expect(decideSubmission(stateOf(wholeStudy.slice(0, done + 1)))).toBeNull();
  });

  it('of the final run is placed as soon as its predictions stand, whatever becomes of its model', () => {
    const running = wholeStudy.slice(
      0,
      wholeStudy.findIndex(({ type }) => type === 'final-finished'),
    );
    const stands: StudyEvent = { type: 'final-predicted', at: 350, path: 'final/predictions.csv' };
    const failed: StudyEvent = { type: 'final-failed', at: 355, reason: 'over-time', message: 'm', log: null };
    const ready = { type: 'place-submission', source: 'final', trial: 1, predictions: 'final/predictions.csv' };
    expect(decideSubmission(stateOf(running))).toBeNull();
    expect(decideSubmission(stateOf([...running, stands]))).toMatchObject(ready);
    expect(decideSubmission(stateOf([...running, stands, failed]))).toMatchObject(ready);
    const resumed: StudyEvent = { type: 'study-resumed', at: 353, downSeconds: 1 };
    expect(decideSubmission(stateOf([...running, stands, resumed]))).toMatchObject(ready);
    // They could not be put in place.
    expect(decideSubmission(stateOf([...running, stands, { ...stands, path: null }]))).toBeNull();
  });
});

describe('a prediction of the test images', () => {
  // 1 % of 360 s: 3.6 s for 10,000 images.
  const due = (...events: readonly StudyEvent[]) => duePrediction(stateOf([...preparation, ...events]), 1, 50, 90);

  it('is due for the best trial, in the free slot, with a limit on its time', () => {
    expect(due(...trial(0, 0.5), ...trial(1, 0.7))).toEqual({
      type: 'start-prediction',
      trial: 1,
      rung: 0,
      slot: 1,
      model: 'trials/1/model.checkpoint',
      memoryShare: 1,
      killAt: 50 + 3 * 2.5 + 5,
    });
  });

  it('is not due before a trial has finished, while another one runs, or a second time', () => {
    expect(due()).toBeNull();
    expect(due(...trial(0, 0.5), ...trial(1, 0.7), predicting(0))).toBeNull();
    expect(due(...trial(0, 0.5), predicting(0), predicted(0))).toBeNull();
  });

  it('that has failed is due once more, with half as many images at a time, while the allowance lasts', () => {
    const failed = [...trial(0, 0.5), predicting(0), predicted(0, 'crash')];
    expect(due(...failed)).toMatchObject({ trial: 0, memoryShare: 0.5 });
    expect(due(...failed, predicting(0), predicted(0, 'hang', 0.1))).toBeNull();
    // 3.6 s may be spent in all, on 2.5 s of predicting.
    expect(due(...trial(0, 0.5), predicting(0), predicted(0, 'crash', 1.2))).toBeNull();
    // A better model has two attempts of its own.
    const better = [...failed, predicting(0), predicted(0, 'crash', 0.1), ...trial(1, 0.7, 20_000)];
    expect(due(...better)).toMatchObject({ trial: 1, memoryShare: 1 });
  });

  it('takes at most a hundredth of the budget, and half of what is left once there is one', () => {
    expect(due(...trial(0, 0.5, 10_000 / 3.7))).toBeNull();
    expect(due(...trial(0, 0.5, 10_000 / 3.5))).not.toBeNull();
    const second = (seconds: number) => [
      ...trial(0, 0.5),
      predicting(0),
      predicted(0, null, 1.6),
      ...trial(1, 0.7, 10_000 / seconds),
    ];
    expect(due(...second(1.1))).toBeNull();
    expect(due(...second(0.9))).toMatchObject({ trial: 1 });
  });

  it('is due again for the best trial once it has a better model', () => {
    const promoted = [
      ...trial(0, 0.5),
      predicting(0),
      predicted(0),
      placed(0),
      started(0, 1, 60),
      { ...finished(0, 1, 95, 0.6), inferenceImagesPerSecond: 10_000 } as StudyEvent,
    ];
    expect(due(...promoted)).toMatchObject({ trial: 0, rung: 1 });
    expect(decide(...promoted)).toBeNull();
    expect(decide(...promoted, predicting(0, 1), predicted(0, null, 1, 1))).toMatchObject({ trial: 0, rung: 1 });
    expect(decide(...promoted, predicting(0, 1), predicted(0, null, 1, 1), placed(0, 1))).toBeNull();
  });

  it('is due for the next-best trial where the disk did not take the model of the best, unless that has predicted before', () => {
    const unsaved = (number: number, rung: number, score: number) =>
      ({ ...finished(number, rung, 95, score), model: null }) as StudyEvent;
    const best = [created(0, {}), started(0, 0, 25), unsaved(0, 0, 0.9)];
    expect(due(...best)).toBeNull();
    expect(due(...best, ...trial(1, 0.5))).toMatchObject({ trial: 1 });
    const promoted = [...trial(0, 0.8), predicting(0), predicted(0), placed(0), started(0, 1, 60), unsaved(0, 1, 0.9)];
    expect(due(...promoted, ...trial(1, 0.5, 10_000))).toBeNull();
    expect(due(...promoted.slice(0, 3), ...promoted.slice(-2), ...trial(1, 0.5, 10_000))).toMatchObject({ trial: 1 });
  });

  it('is due for the next-best trial where the best has failed too often: its model may be damaged', () => {
    const twice = [predicting(1), predicted(1, 'crash', 0.1), predicting(1), predicted(1, 'crash', 0.1)];
    expect(due(...trial(0, 0.5, 10_000), ...trial(1, 0.7), ...twice)).toMatchObject({ trial: 0, memoryShare: 1 });
    expect(due(...trial(0, 0.5, 10_000), ...trial(1, 0.7), ...twice, predicting(0), predicted(0))).toBeNull();
  });

  it('is not due where it would run into the final run, and is killed before that', () => {
    const state = stateOf([...preparation, ...trial(0, 0.5)]);
    expect(duePrediction(state, 0, 50, 52)).toBeNull();
    expect(duePrediction(state, 0, 50, 55)).toMatchObject({ killAt: 55 });
  });

  it('is never due where nobody wants a submission', () => {
    const without = preparation.map((event) =>
      event.type === 'study-created' ? { ...event, submissionPath: null } : event,
    );
    expect(duePrediction(stateOf([...without, ...trial(0, 0.5)]), 1, 50, 90)).toBeNull();
    const noTest = preparation.map((event) => (event.type === 'data-packed' ? { ...event, test: 0 } : event));
    expect(duePrediction(stateOf([...noTest, ...trial(0, 0.5)]), 1, 50, 90)).toBeNull();
  });
});
