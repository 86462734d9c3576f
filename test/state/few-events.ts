import type { StudyEvent } from '../../src/state/events.js';

/** Events of which only some numbers matter. */

export const failed = (trial: number, rung: number, at: number): StudyEvent => ({
  type: 'rung-failed',
  at,
  trial,
  rung,
  reason: 'crash',
  message: 'm',
  log: null,
});
export const progress = (trial: number, at: number): StudyEvent => ({
  type: 'rung-progress',
  at,
  trial,
  fraction: 0.5,
  images: 100,
  loss: 1,
  learningRate: 0.1,
  imagesPerSecond: 10,
});
export const finalStarted = (at: number, trial = 0): StudyEvent => ({
  type: 'final-started',
  at,
  trial,
  slot: 0,
  attempt: 1,
  memoryShare: 1,
  resolution: 32,
  learningRateFactor: 1,
  endsAt: 357,
  killAt: 359,
});
export const resumed = (at: number): StudyEvent => ({ type: 'study-resumed', at, downSeconds: 1 });
