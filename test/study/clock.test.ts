import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/study/clock.js';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the clock of a study', () => {
  it("counts from the study's start, which may be long ago", () => {
    const clock = systemClock(1_000_000 - 500);
    expect(clock.nowSeconds()).toBeCloseTo(500);
    vi.advanceTimersByTime(1500);
    expect(clock.nowSeconds()).toBeCloseTo(501.5);
  });

  it("does not follow a change of the system's clock", () => {
    const clock = systemClock(1_000_000);
    vi.setSystemTime(0);
    expect(clock.nowSeconds()).toBeCloseTo(0);
  });

  it('keeps an appointment once, at once where it is past, and none that was cancelled', () => {
    const clock = systemClock(1_000_000);
    const kept: string[] = [];
    clock.at(10, () => kept.push('ten'));
    clock.at(-5, () => kept.push('past'));
    const cancel = clock.at(5, () => kept.push('never'));
    vi.advanceTimersByTime(0);
    expect(kept).toEqual(['past']);
    cancel();
    vi.advanceTimersByTime(9_999);
    expect(kept).toEqual(['past']);
    vi.advanceTimersByTime(10_000);
    expect(kept).toEqual(['past', 'ten']);
  });

  it('keeps appointments further away than a timer of Node can wait, and can cancel them on the way', () => {
    const clock = systemClock(1_000_000);
    const days = 86_400;
    const kept: number[] = [];
    clock.at(60 * days, () => kept.push(clock.nowSeconds() / days));
    const cancel = clock.at(70 * days, () => kept.push(Number.NaN));
    vi.advanceTimersByTime(59 * days * 1000);
    expect(kept).toEqual([]);
    cancel();
    vi.advanceTimersByTime(30 * days * 1000);
    expect(kept).toEqual([expect.closeTo(60)]);
  });
});
