import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { attemptSeconds, inferenceSeconds, startSeconds } from '../../src/study/final-seconds.js';
import { created, finished, preparation, started, stateOf } from '../report/example-study.js';

const searched: readonly StudyEvent[] = [
  ...preparation,
  created(0, {}),
  started(0, 0, 25),
  finished(0, 0, 37, 0.7),
  { type: 'search-ended', at: 100, reason: 'r', winner: 0 },
];
const begun: StudyEvent = {
  type: 'final-started',
  at: 100,
  trial: 0,
  slot: 0,
  attempt: 1,
  memoryShare: 1,
  resolution: 32,
  learningRateFactor: 1,
  endsAt: 350,
  killAt: 356,
};
const pace = (imagesPerSecond: number): StudyEvent => ({
  type: 'final-progress',
  at: 110,
  fraction: 0.1,
  images: 1000,
  epochs: 0.1,
  loss: 1,
  learningRate: 0.1,
  imagesPerSecond,
});

describe('what the final run needs', () => {
  it('is a start, as long as the slowest of this study and half more, and predicting', () => {
    expect(startSeconds(stateOf(searched))).toBeCloseTo(1.5 * 0.5 + 1);
    expect(attemptSeconds(stateOf(searched))).toBeCloseTo(1.5 * 0.5 + 1 + 1.5 * (10_000 / 8000));
    expect(startSeconds(stateOf(preparation))).toBe(1.5 * 4 + 1);
    expect(attemptSeconds(stateOf(preparation))).toBe(1.5 * 4 + 1);
  });

  it('to predict with all processors is as much less as slots had shared them', () => {
    // 4000 images a second in one of two slots.
    expect(inferenceSeconds(stateOf(searched), 0)).toBeCloseTo(1.25);
    const shared = searched.map((event) =>
      event.type === 'engine-chosen' ? { ...event, slots: 16, threads: 16 } : event,
    );
    expect(inferenceSeconds(stateOf(shared), 0)).toBeCloseTo(10_000 / 64_000);
    expect(inferenceSeconds(stateOf(searched), 7)).toBe(0);
  });

  it('to predict is what is known for sure once the final run has told how fast it trains', () => {
    const at = (imagesPerSecond: number) => stateOf([...searched, begun, pace(imagesPerSecond)]);
    expect(inferenceSeconds(at(5000), 0)).toBeCloseTo(2);
    expect(inferenceSeconds(at(1000), 0)).toBeCloseTo(2.5);
    expect(inferenceSeconds(at(0), 0)).toBeCloseTo(1.25);
  });

  it('to predict is known of a given configuration only once that trains', () => {
    const given = [...preparation, created(0, {}), { type: 'search-ended', at: 30, reason: 'r', winner: 0 } as const];
    expect(inferenceSeconds(stateOf([...given, begun]), 0)).toBe(0);
    expect(inferenceSeconds(stateOf([...given, begun, pace(100)]), 0)).toBe(100);
  });
});
