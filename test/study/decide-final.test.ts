import { describe, expect, it } from 'vitest';
import type { FailureReason, StudyEvent } from '../../src/state/events.js';
import type { Action } from '../../src/study/actions.js';
import { decideFinal, finishNow } from '../../src/study/decide-final.js';
import { decideSubmission } from '../../src/study/decide-submission.js';
import { created, finished, planned, preparation, started, stateOf, wholeStudy } from '../report/example-study.js';

const trial = (number: number, score: number) => [
  created(number, {}),
  started(number, 0, 25),
  finished(number, 0, 37, score),
];
const searched: readonly StudyEvent[] = [
  ...preparation,
  planned,
  ...trial(0, 0.7),
  ...trial(1, 0.9),
  { type: 'submission-written', at: 40, source: 'trial', trial: 1, rung: 0, rows: 10_000, path: '/submission.csv' },
  { type: 'search-ended', at: 100, reason: 'r', winner: 1 },
];
/** Attempts that ended for these reasons, ten seconds apart, each with the trial that the decision before named. */
function attempts(...reasons: readonly FailureReason[]): ReturnType<typeof decideFinal> {
  return attemptsAfter(searched, ...reasons);
}

function attemptsAfter(
  before: readonly StudyEvent[],
  ...reasons: readonly FailureReason[]
): ReturnType<typeof decideFinal> {
  let events = before;
  let now = 100;
  for (const reason of reasons) {
    const action = decideFinal(stateOf(events), now);
    if (action?.type !== 'start-final') throw new Error(`expected a start, got ${action?.type}`);
    const { type: _, ...start } = action;
    events = [
      ...events,
      { type: 'final-started', at: now, ...start },
      { type: 'final-failed', at: now + 1, reason, message: 'm', log: null },
    ];
    // Longer than any wait after failures in a row.
    now += 40;
  }
  return decideFinal(stateOf(events), now);
}

describe('the final training', () => {
  it('starts with the winner, on the whole of what is left', () => {
    expect(decideFinal(stateOf(searched), 101)).toEqual({
      type: 'start-final',
      trial: 1,
      slot: 0,
      attempt: 1,
      memoryShare: 1,
      resolution: 32,
      learningRateFactor: 1,
      endsAt: 350,
      killAt: 356,
    });
  });

  it('waits for a prediction that still runs', () => {
    const predicting: StudyEvent = { type: 'prediction-started', at: 99, trial: 1, rung: 0, slot: 0, killAt: 110 };
    expect(decideFinal(stateOf([...searched, predicting]), 101)).toBeNull();
  });

  it('is tried again with the same configuration, then with the next best', () => {
    expect(attempts('crash')).toMatchObject({ trial: 1, attempt: 2, learningRateFactor: 1 });
    expect(attempts('crash', 'hang')).toMatchObject({ trial: 1, attempt: 3 });
    expect(attempts('crash', 'hang', 'error')).toMatchObject({ trial: 0, attempt: 4 });
  });

  it('is tried with a trial that has failed for good since its result only after all others', () => {
    const again: StudyEvent = { ...started(0, 1, 60) } as StudyEvent;
    const diverged: StudyEvent = {
      type: 'rung-failed',
      at: 70,
      trial: 0,
      rung: 1,
      reason: 'diverged',
      message: '',
      log: null,
    };
    const [end] = searched.slice(-1);
    if (!end) throw new Error('expected the end of the search');
    const events = [...searched.slice(0, -1), again, diverged, ...trial(2, 0.1), end];
    expect(attemptsAfter(events, 'diverged', 'diverged')).toMatchObject({ trial: 2 });
    expect(attemptsAfter(events, 'diverged', 'diverged', 'diverged', 'diverged')).toMatchObject({ trial: 0 });
  });

  it('halves the learning rate after a divergence, for that configuration alone', () => {
    expect(attempts('diverged')).toMatchObject({ trial: 1, learningRateFactor: 0.5 });
    expect(attempts('diverged', 'diverged')).toMatchObject({ trial: 0, learningRateFactor: 1 });
    expect(attempts('diverged', 'diverged', 'diverged')).toMatchObject({ trial: 0, learningRateFactor: 0.5 });
  });

  it('keeps a training that diverges again once most of it is saved, and judges each failure by what was saved then', () => {
    const attempt = (trial: number, at: number, ...fractions: readonly number[]): readonly StudyEvent[] => {
      const { type: _, ...start } = attempts() as Extract<Action, { type: 'start-final' }>;
      return [
        { type: 'final-started', at, ...start, trial },
        ...fractions.map(
          (fraction): StudyEvent => ({ type: 'final-checkpoint', at, path: `${trial}`, fraction, images: 1 }),
        ),
        { type: 'final-failed', at: at + 50, reason: 'diverged', message: 'm', log: null },
      ];
    };
    const next = (...events: readonly StudyEvent[]) => decideFinal(stateOf([...searched, ...events]), 251);
    expect(next(...attempt(1, 100, 0.4, 0.6), ...attempt(1, 200))).toMatchObject({
      trial: 1,
      learningRateFactor: 0.25,
    });
    expect(next(...attempt(1, 100, 0.4), ...attempt(1, 200))).toMatchObject({ trial: 0, learningRateFactor: 1 });
    // What a stand-in saves later makes nothing of the winner's failures, nor the winner's save anything of the stand-in's.
    const winner = [...attempt(1, 100), ...attempt(1, 110)];
    expect(next(...winner, ...attempt(0, 120, 0.6))).toMatchObject({ trial: 0, learningRateFactor: 0.5 });
    const saved = [...attempt(1, 100, 0.4), ...attempt(1, 110, 0.4)];
    expect(next(...saved, ...attempt(0, 120), ...attempt(0, 180))).toMatchObject({ trial: 1 });
  });

  it('takes a smaller micro-batch after running out of memory', () => {
    expect(attempts('out-of-memory')).toMatchObject({ trial: 1, attempt: 2, memoryShare: 0.5, resolution: 32 });
  });

  it('does not count an interruption as a failure', () => {
    expect(attempts('interrupted', 'interrupted', 'interrupted')).toMatchObject({ trial: 1, attempt: 1 });
  });

  it('is not begun anew with less time than the best trial has trained, unless there is something to go on from', () => {
    const { type: _, ...start } = attempts() as Extract<Action, { type: 'start-final' }>;
    const begun: readonly StudyEvent[] = [...searched, { type: 'final-started', at: 100, ...start }];
    const end: StudyEvent = { type: 'final-failed', at: 344, reason: 'crash', message: 'm', log: null };
    const saved: StudyEvent = { type: 'final-checkpoint', at: 200, path: 'p', fraction: 0.5, images: 10 };
    expect(decideFinal(stateOf([...begun, end]), 344)).toMatchObject({ type: 'start-final' });
    expect(decideFinal(stateOf([...begun, end]), 346)).toMatchObject({ type: 'finish', exitCode: 4 });
    const written: StudyEvent = {
      ...{ type: 'submission-written', at: 340, source: 'final-checkpoint', trial: 1, rung: null },
      ...{ rows: 10_000, path: '/submission.csv' },
    };
    expect(decideFinal(stateOf([...begun, saved, end, written]), 346)).toMatchObject({ type: 'start-final' });
  });

  it('is begun for the first time however slowly the test images were predicted in a slot, unless too little time is left to be better', () => {
    const slow = (rate: number) =>
      stateOf(
        searched.map((event) =>
          event.type === 'rung-finished' ? { ...event, inferenceImagesPerSecond: rate } : event,
        ),
      );
    // 10,000 images at 20 a second in each of two slots: as long as all that is left.
    expect(decideFinal(slow(20), 101)).toMatchObject({ type: 'start-final' });
    // The best trial has trained for 10 s in one of two slots.
    expect(decideFinal(slow(1000), 346)).toMatchObject({ type: 'finish', exitCode: 4 });
    expect(decideFinal(slow(1000), 344)).toMatchObject({ type: 'start-final' });
  });

  it('is tried however little time is left where nothing has been trained, for then there is nothing to lose', () => {
    const given = [
      ...preparation,
      planned,
      created(0, {}),
      { type: 'search-ended', at: 30, reason: 'r', winner: 0 } as const,
    ];
    expect(decideFinal(stateOf(given), 348)).toMatchObject({ type: 'start-final', trial: 0, attempt: 1 });
    expect(decideFinal(stateOf(given), 349.9)).toMatchObject({ type: 'finish' });
    expect(decideFinal(stateOf(searched), 348)).toMatchObject({ type: 'finish' });
  });

  it('is given up when too little time is left: a trial stands for it', () => {
    expect(decideFinal(stateOf(searched), 347)).toMatchObject({ type: 'finish', exitCode: 4 });
    const nothing = [...preparation, planned, created(0, {})];
    const end: StudyEvent = { type: 'search-ended', at: 100, reason: 'r', winner: 0 };
    expect(decideFinal(stateOf([...nothing, end]), 349.9)).toMatchObject({ type: 'finish', exitCode: 1 });
  });
});

describe('a study whose final training is over', () => {
  const finalFinished = wholeStudy.find(({ type }) => type === 'final-finished');
  const finalStarted = wholeStudy.find(({ type }) => type === 'final-started');
  const submitted = wholeStudy.find(({ type }) => type === 'submission-written');
  if (!finalFinished || !finalStarted || !submitted) throw new Error('the example lacks a final run');
  const done = [...searched, finalStarted, finalFinished];

  it('is done when its submission stands', () => {
    expect(decideFinal(stateOf([...done, submitted]), 356)).toMatchObject({ type: 'finish', exitCode: 0 });
  });

  it('is done also when it is taken up at the last instant', () => {
    expect(finishNow(stateOf([...done, submitted]))).toMatchObject({ type: 'finish', exitCode: 0 });
    expect(finishNow(stateOf(done))).toMatchObject({ type: 'finish', exitCode: 4 });
    expect(finishNow(stateOf(searched))).toMatchObject({ type: 'finish', exitCode: 4 });
  });

  it('says when a stand-in was trained instead of the winner', () => {
    const standIn = { ...finalStarted, trial: 0 } as StudyEvent;
    expect(decideFinal(stateOf([...searched, standIn, finalFinished, submitted]), 356)).toMatchObject({
      exitCode: 0,
      reason: "the final model is trial 0: the winner's training failed",
    });
  });

  it('predicts from its model, or from its last checkpoint, where the disk did not take its predictions', () => {
    const saved: StudyEvent = {
      type: 'final-checkpoint',
      at: 300,
      path: 'final/final.checkpoint',
      fraction: 0.9,
      images: 9e5,
    };
    const lost = { ...finalFinished, at: 355, predictions: null } as StudyEvent;
    const run = [...searched, finalStarted, saved];
    expect(decideFinal(stateOf([...run, lost]), 357)).toMatchObject({
      type: 'start-prediction',
      rung: null,
      model: 'final/model.checkpoint',
    });
    const unsaved = { ...lost, model: null } as StudyEvent;
    expect(decideFinal(stateOf([...run, unsaved]), 357)).toMatchObject({
      type: 'start-prediction',
      model: 'final/final.checkpoint',
    });
    const begun: StudyEvent = { type: 'prediction-started', at: 357, trial: 1, rung: null, slot: 0, killAt: 359 };
    expect(decideFinal(stateOf([...run, lost, begun]), 357)).toBeNull();
    const ended: StudyEvent = { type: 'prediction-ended', at: 358, trial: 1, rung: null, wallSeconds: 1, failed: null };
    expect(decideSubmission(stateOf([...run, lost, begun, ended]))).toMatchObject({
      source: 'final',
      predictions: 'final/checkpoint-predictions.csv',
    });
    expect(decideSubmission(stateOf([...run, unsaved, begun, ended]))).toMatchObject({ source: 'final-checkpoint' });
    expect(decideFinal(stateOf([...run, lost, begun, ended, { ...submitted, at: 358 }]), 358)).toMatchObject({
      exitCode: 0,
    });
  });

  it('says what happened to its model and its predictions', () => {
    const reasonOf = (changes: object, ...more: readonly StudyEvent[]) => {
      const action = decideFinal(
        stateOf([...searched, finalStarted, { ...finalFinished, ...changes } as StudyEvent, ...more]),
        359,
      );
      return action?.type === 'finish' ? action.reason : action?.type;
    };
    const trained = 'the final model is trained';
    expect(reasonOf({}, submitted)).toBe(trained);
    expect(reasonOf({ model: null }, submitted)).toBe(`${trained}, but the disk did not take its file`);
    expect(reasonOf({ predictions: null })).toBe(`${trained}, but the disk did not take its predictions`);
    expect(reasonOf({ model: null, predictions: null })).toBe(
      `${trained}, but the disk did not take it or its predictions`,
    );
    expect(reasonOf({})).toBe(`${trained}, but its submission was not put in place in time`);
  });

  it('falls back where the final submission is wanted and does not stand', () => {
    expect(decideFinal(stateOf(done), 356)).toMatchObject({ type: 'finish', exitCode: 4 });
    const without = done.map((event) => (event.type === 'study-created' ? { ...event, submissionPath: null } : event));
    expect(decideFinal(stateOf(without), 356)).toMatchObject({ type: 'finish', exitCode: 0 });
  });
});

describe('a final training that has predicted and ends without a result', () => {
  const started = wholeStudy.find(({ type }) => type === 'final-started');
  const submitted = wholeStudy.find(({ type }) => type === 'submission-written');
  if (!started || !submitted) throw new Error('the example lacks a final run');
  const predicted: StudyEvent = { type: 'final-predicted', at: 340, path: 'final/predictions.csv' };
  const failed: StudyEvent = { type: 'final-failed', at: 344, reason: 'over-time', message: 'm', log: null };
  const placed: readonly StudyEvent[] = [...searched, started, predicted, { ...submitted, at: 341 }];

  it('is done with its predictions, with time left, too, and says that the model is missing', () => {
    const done = { type: 'finish', exitCode: 0, reason: expect.stringContaining('whose file is missing') };
    expect(decideFinal(stateOf(placed), 342)).toBeNull();
    expect(decideFinal(stateOf([...placed, failed]), 344)).toEqual(done);
    expect(finishNow(stateOf([...placed, failed]))).toEqual(done);
    expect(finishNow(stateOf(placed))).toEqual(done);
  });

  it('has its model where that was saved before', () => {
    const model: StudyEvent = {
      type: 'final-checkpoint',
      at: 342,
      path: 'final/model.checkpoint',
      fraction: 1,
      images: 9,
    };
    expect(decideFinal(stateOf([...placed, model, failed]), 344)).toEqual({
      type: 'finish',
      exitCode: 0,
      reason: 'the final model is trained, but its training ended before it was scored',
    });
  });

  it('falls back where its submission stands elsewhere than wanted', () => {
    const events = placed.map((event) => (event.type === 'submission-written' ? { ...event, path: '/other' } : event));
    expect(decideFinal(stateOf([...events, failed]), 344)).toMatchObject({ type: 'finish', exitCode: 4 });
  });
});

describe('a search alone', () => {
  const search = (events: readonly StudyEvent[]) =>
    stateOf(events.map((event) => (event.type === 'study-created' ? { ...event, mode: 'search' as const } : event)));

  it('ends with its search: done with a result, failed without', () => {
    expect(decideFinal(search(searched), 100)).toEqual({ type: 'finish', exitCode: 0, reason: 'r' });
    expect(finishNow(search(searched))).toEqual({ type: 'finish', exitCode: 0, reason: 'r' });
    const nothing: StudyEvent = { type: 'search-ended', at: 100, reason: 'r', winner: 0 };
    expect(decideFinal(search([...preparation, planned, created(0, {}), nothing]), 100)).toMatchObject({ exitCode: 1 });
  });
});
