import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { fold } from '../../src/state/fold.js';
import { created, finished, started, stateOf } from '../report/example-study.js';
import { failed, progress } from './few-events.js';

describe('a trial', () => {
  it('that failed keeps its earlier rungs and its place', () => {
    const { trials } = stateOf([
      created(0, {}),
      started(0, 0, 25),
      finished(0, 0, 36, 0.5),
      started(0, 1, 40),
      failed(0, 1, 50),
    ]);
    expect(trials[0]?.rungs).toMatchObject([{ status: 'finished' }, { status: 'failed', startedAt: 40, failedAt: 50 }]);
  });

  it('that does a rung again has one record of it', () => {
    const { trials } = stateOf([created(0, {}), started(0, 0, 25), failed(0, 0, 30), started(0, 0, 31)]);
    expect(trials[0]?.rungs).toMatchObject([{ status: 'running', startedAt: 31 }]);
  });

  it('knows for good that one of its rungs was started more than once', () => {
    const again = (...events: readonly StudyEvent[]) => stateOf([created(0, {}), ...events]).trials[0]?.startedAgain;
    const whole = [started(0, 0, 31), finished(0, 0, 36, 0.5), started(0, 1, 40)];
    expect(again(...whole)).toBe(false);
    expect(again(started(0, 0, 25), failed(0, 0, 30), ...whole)).toBe(true);
  });

  it('draws the curve of the rung that runs, with a bounded number of points', () => {
    const many = Array.from({ length: 2000 }, (_, second) => progress(0, 25 + second));
    const { curve } = stateOf([created(0, {}), started(0, 0, 25), ...many]).trials[0] ?? { curve: [] };
    expect(curve.length).toBeLessThanOrEqual(600);
    expect([curve.at(0)?.at, curve.at(-1)?.at]).toEqual([25, 2024]);
    expect(curve.every(({ at }, index) => at > (curve[index - 1]?.at ?? 0))).toBe(true);
    const next = stateOf([created(0, {}), started(0, 0, 25), ...many, finished(0, 0, 3000, 1), started(0, 1, 3001)]);
    expect(next.trials[0]?.curve).toEqual([]);
  });

  it('is not changed by a word of its checkpoint, but must be there', () => {
    const saved = (trial: number): StudyEvent => ({ type: 'rung-checkpoint', at: 30, trial, fraction: 0.5 });
    const before = stateOf([created(0, {}), started(0, 0, 25)]);
    expect(fold(before, saved(0)).trials).toEqual(before.trials);
    expect(() => fold(before, saved(1))).toThrow(/expected a trial below 1/);
  });

  it.each([
    ['with a number that is not the next', [created(1, {})]],
    ['that was never created', [started(0, 0, 1)]],
    ['that finishes what does not run', [created(0, {}), finished(0, 0, 1, 1)]],
    ['that finishes another rung than the one that runs', [created(0, {}), started(0, 1, 1), finished(0, 0, 2, 1)]],
    ['that fails twice', [created(0, {}), started(0, 0, 1), failed(0, 0, 2), failed(0, 0, 3)]],
  ])('%s is no journal of ours', (_, events) => {
    expect(() => stateOf(events)).toThrow(/^journal: expected .*, got .* at \d+\.\d{3} s; try an earlier copy/);
  });
});
