import { describe, expect, test } from 'vitest';
import { failureReason, type StudyEvent } from '../../src/state/events.js';
import { fold } from '../../src/state/fold.js';
import { describeEvent, heartbeat } from '../../src/ui/plain.js';
import { emptyState, finalState, finishedState, searchState } from './canned.js';

const state = searchState();
const cost = {
  wallSeconds: 12.6,
  trainSeconds: 12,
  dataSeconds: 0.4,
  evaluateSeconds: 0.6,
  checkpointSeconds: 0,
  images: 14_160,
};

function described(event: StudyEvent): string | null {
  return describeEvent(event, state);
}

describe('describeEvent', () => {
  test('a finished rung has top-1, loss and seconds', () => {
    const event: StudyEvent = {
      type: 'rung-finished',
      at: 83.2,
      trial: 7,
      rung: 1,
      score: 0.8712,
      loss: 0.41028,
      evaluatedImages: 1200,
      inferenceImagesPerSecond: 4000,
      parameters: 77_850,
      model: 'm',
      ...cost,
    };
    expect(described(event)).toBe('[1:23] trial 7 rung 2 finished: top-1 0.8712, loss 0.4103, 12.6 s');
    expect(described({ ...event, loss: null })).toContain('loss –');
  });

  test('a failed rung has its reason and its log, in one line whatever the message', () => {
    const event: StudyEvent = {
      type: 'rung-failed',
      at: 3,
      trial: 7,
      rung: 0,
      reason: 'crash',
      message: 'signal SIGSEGV\n  at address 0\r\n',
      log: 'trials/7/log.txt',
    };
    expect(described(event)).toBe('[0:03] trial 7 rung 1 crashed: signal SIGSEGV at address 0 (log trials/7/log.txt)');
    for (const reason of failureReason.options) expect(described({ ...event, reason })).not.toContain('undefined');
  });

  test('packed data have their sides, for whoever wants to pack them beforehand', () => {
    const facts = { directory: '/cache/a', fingerprint: 'f', reused: false, seconds: 3.21 };
    const images = { classes: 10, train: 48_000, validation: 12_000, test: 0, oddities: { grey: 2 } };
    const line = described({ type: 'data-packed', at: 9, ...facts, ...images, resolutions: [64, 96] });
    expect(line).toBe(
      '[0:09] data: 10 classes, 48,000 + 12,000 + 0 images (train + validation + test) at 64, 96 px, packed in 3.2 s; odd: 2 grey',
    );
  });

  test('progress and checkpoints on the way have no line', () => {
    const progress = { at: 1, fraction: 0.5, images: 9, loss: 1, learningRate: 0.1, imagesPerSecond: 9 };
    expect(described({ type: 'rung-progress', trial: 1, ...progress })).toBeNull();
    expect(described({ type: 'final-progress', epochs: 1, ...progress })).toBeNull();
    const saved = { at: 1, path: 'final/final.checkpoint', fraction: 0.25, images: 100 };
    expect(described({ type: 'final-checkpoint', ...saved })).toBeNull();
    expect(described({ type: 'rung-checkpoint', at: 1, trial: 1, fraction: 0.5 })).toBeNull();
  });

  test('the decision which part of the images to use has no line: what is told says why', () => {
    for (const part of [0.4, 1]) expect(described({ type: 'data-fitted', at: 1, part })).toBeNull();
  });

  test('the predictions of the final run have a line, and another one where they are of no use', () => {
    const predicted = { type: 'final-predicted', at: 1, path: 'final/predictions.csv' } as const;
    expect(described(predicted)).toBe('[0:01] final run: the test images are predicted');
    expect(described({ ...predicted, path: null })).toBe('[0:01] the predictions of the final run are of no use');
  });

  test('every other kind of event has one line without a hole', () => {
    const { created, space, engine, data, plan, submission } = state;
    const { searchEnd, final } = finalState();
    const { final: done, finished } = finishedState();
    if (final.status !== 'running' || done.status !== 'finished') throw new Error('expected a final run');
    const events: (StudyEvent | null | undefined)[] = [
      ...[created, space, engine, data, plan, submission, searchEnd, finished],
      ...[final.start, final.failures[0], done.result],
      { type: 'bracket-opened', at: 1, bracket: 0, shape: 0 },
      { type: 'trial-created', at: 1, trial: 1, bracket: 0, configuration: { 'network.width': 16 }, origin: 'prior' },
      { type: 'rung-started', at: 1, trial: 1, rung: 0, slot: 0, attempt: 2, memoryShare: 1, resource: 4, killAt: 20 },
      { type: 'prediction-started', at: 1, trial: 1, rung: 0, slot: 0, killAt: 9 },
      { type: 'prediction-ended', at: 1, trial: 1, rung: 0, wallSeconds: 2.5, failed: null },
      { type: 'prediction-ended', at: 1, trial: 1, rung: 0, wallSeconds: 2.5, failed: 'out of time' },
      { type: 'told', at: 1, message: 'the disk is nearly full' },
      { type: 'study-interrupted', at: 1, reason: 'asked to' },
      { type: 'study-resumed', at: 1, downSeconds: 75 },
    ];
    const lines = events.map((event) => (event ? described(event) : null));
    for (const one of lines) expect(one).toMatch(/^\[\d+:\d\d\] \S/);
    for (const one of lines) expect(one).not.toMatch(/undefined|null|NaN|\[object|\n/);
    expect(new Set(lines).size).toBe(events.length);
  });

  test('the engine says why no better one runs', () => {
    expect(state.engine && described(state.engine)).toBe(
      '[0:01] engine wasm, a test engine, f32; no native-cpu: not installed',
    );
  });

  test('a class-prior submission is told from a trial’s', () => {
    const { submission } = state;
    if (submission === null) throw new Error('expected a submission');
    expect(described(submission)).toBe('[0:58] submission of 10,000 rows from trial 3: /home/ada/submission.csv');
    expect(described({ ...submission, source: 'class-prior', trial: null })).toContain('from class-prior:');
  });
});

describe('heartbeat', () => {
  test('is one line: time, phase, what runs, best top-1, images a second', () => {
    expect(heartbeat(state, 77)).toMatch(
      /^1:17 of 6:00 \| search \| running 3, 10 \| best top-1 0\.8612 \(trial 3\) \| 2\d{3} images\/s$/,
    );
  });

  test('in the final run the images a second are its own', () => {
    expect(heartbeat(finalState(), 241)).toMatch(/^4:01 of 6:00 \| final \| .* \| 1[12]\d\d images\/s$/);
  });

  test('in the final run says so, and how far its schedule is', () => {
    expect(heartbeat(finalState(), 241)).toMatch(
      /final run of trial 3, \d+ % \| winner, top-1 0\.8871 \(trial 3\) \| /,
    );
  });

  test('names the model that predicts', () => {
    const predicting = fold(state, { type: 'prediction-started', at: 70, trial: 3, rung: 0, slot: 1, killAt: 90 });
    expect(heartbeat(predicting, 77)).toMatch(/ \| running 3, 10, predicting with trial 3 \| /);
  });

  test('before the first event it has nothing to tell but the time', () => {
    expect(heartbeat(emptyState, 3)).toBe('0:03 of – | preparing | nothing running | no result yet | – images/s');
  });
});
