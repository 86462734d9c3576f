import { describe, expect, it } from 'vitest';
import { learningOf } from '../../src/budget/learning.js';
import type { StudyEvent } from '../../src/state/events.js';
import type { EventOf } from '../../src/state/types.js';
import { accuracyOf } from '../../src/state/worth.js';
import { created, finished, started, stateOf } from '../report/example-study.js';

const levels = [10, 30, 90];

/** A trial that has reached such worths at 10, 30 and 90 units. */
const trial = (number: number, ...values: readonly number[]): readonly StudyEvent[] => [
  created(number, {}),
  ...values.flatMap((value, rung) => [
    { ...(started(number, rung, 30) as EventOf<'rung-started'>), resource: levels[rung] ?? 0 },
    finished(number, rung, 40, accuracyOf(value)),
  ]),
];
const learn = (...events: readonly StudyEvent[]) => learningOf(stateOf(events).trials, levels);
const slope = (learning: ReturnType<typeof learn>, from: number, to: number) =>
  learning.gain(from, to) / Math.log(to / from);

describe('what training longer gains', () => {
  it('is less from rung to rung before anything is known, and never nothing', () => {
    const none = learn();
    expect(slope(none, 10, 30)).toBeGreaterThan(slope(none, 30, 90));
    expect(slope(none, 1e6, 3e6)).toBeGreaterThan(0);
    expect(none.gain(30, 10)).toBeCloseTo(-none.gain(10, 30), 12);
    expect(none.gain(5, 20)).toBeCloseTo(none.gain(5, 10) + none.gain(10, 20), 12);
  });

  it('is the median of what promotions gained, once there are some', () => {
    const steep = [0.9, 1, 1.1, 1.2, 9].flatMap((gain, index) => trial(index, 1, 1 + gain * Math.log(3)));
    expect(slope(learn(...steep), 10, 30)).toBeCloseTo((5 * 1.1 + 0.4) / 6, 3);
  });

  it('follows the trend of the rungs beyond them: falling curves fall on, those that steepen do so', () => {
    const many = (first: number, second: number) =>
      [0, 1, 2, 3, 4, 5].flatMap((index) =>
        trial(index, 1, 1 + first * Math.log(3), 1 + (first + second) * Math.log(3)),
      );
    const [flat, late] = [learn(...many(0.6, 0.15)), learn(...many(0.15, 0.6))];
    expect(slope(flat, 90, 270)).toBeLessThan(0.12);
    expect(slope(late, 90, 270)).toBeGreaterThan(0.8);
  });
});

describe('what another trial may bring', () => {
  it('is what one guesses before there are two', () => {
    expect(learn().spread).toBe(learn(...trial(0, 1)).spread);
    expect(learn(...trial(0, 1)).lead).toBe(0);
  });

  it('is little where trials are alike, and does not come from bad ones', () => {
    const values = (worths: readonly number[]) => learn(...worths.flatMap((value, index) => trial(index, value)));
    const alike = Array.from({ length: 12 }, (_, index) => 1 + 0.01 * index);
    const bad = alike.map((value, index) => (index < 5 ? 0.1 * index : value));
    const apart = alike.map((value, index) => value + 0.2 * index);
    expect(values(alike).spread).toBeLessThan(0.15);
    expect(values(bad).spread).toBeLessThan(0.15);
    expect(values(apart).spread).toBeGreaterThan(0.6);
    // One that is far above all others leaves little to be found.
    expect(values([...alike, 3]).lead).toBeGreaterThan(values(alike).lead + 5);
  });

  it('is more again once a promotion has taken back what a lucky first rung promised, or the trial has failed', () => {
    const alike = Array.from({ length: 12 }, (_, index) =>
      index < 9 ? trial(index, 1 + 0.01 * index) : trial(index, 1.1, 1.5),
    ).flat();
    const [lucky, usual, kept] = [trial(12, 3), trial(12, 1), trial(12, 3, 3.4)];
    const refuted = trial(12, 3, 1.2);
    const failed = (reason: 'diverged' | 'interrupted' | 'crash'): readonly StudyEvent[] => [
      ...lucky,
      { ...(started(12, 1, 60) as EventOf<'rung-started'>), resource: 30 },
      { type: 'rung-failed', at: 70, trial: 12, rung: 1, reason, message: '', log: null },
    ];
    const lead = (events: readonly StudyEvent[]) => learn(...alike, ...events).lead;
    expect(lead(lucky)).toBeGreaterThan(lead(usual) + 5);
    expect(lead(kept)).toBeGreaterThan(0.7 * lead(lucky));
    expect(lead(refuted)).toBeLessThan(0.5 * lead(lucky));
    expect(lead(failed('diverged'))).toBeLessThan(1);
    // Those are done again.
    for (const reason of ['interrupted', 'crash'] as const) expect(lead(failed(reason))).toBe(lead(lucky));
  });

  it('compares first rungs of different lengths by what the difference gains', () => {
    const long: readonly StudyEvent[] = [
      created(1, {}),
      { ...(started(1, 0, 30) as EventOf<'rung-started'>), resource: 90 },
      finished(1, 0, 40, accuracyOf(1 + learn().gain(10, 90))),
    ];
    expect(learn(...trial(0, 1), ...long).lead).toBeCloseTo(0, 6);
  });
});
