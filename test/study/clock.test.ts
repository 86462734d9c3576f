import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { currentBoot, monotonicSeconds } from '../../src/monotonic.js';
import { startedAt, systemClock } from '../../src/study/clock.js';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the clock of a study', () => {
  it("counts from the study's start, which may be long ago", () => {
    const clock = systemClock({ startedAtEpochSeconds: 1_000_000 - 500 });
    expect(clock.nowSeconds()).toBeCloseTo(500);
    vi.advanceTimersByTime(1500);
    expect(clock.nowSeconds()).toBeCloseTo(501.5);
  });

  it("does not follow a change of the system's clock", () => {
    const clock = systemClock({ startedAtEpochSeconds: 1_000_000 });
    vi.setSystemTime(0);
    expect(clock.nowSeconds()).toBeCloseTo(0);
  });

  it.runIf(currentBoot() !== null)("does not follow a change of the system's clock while the study was down", () => {
    const start = startedAt(1_000_000 - 100);
    expect(start.monotonicStart?.seconds).toBeCloseTo(monotonicSeconds() - 100);
    for (const wallClock of [0, 2_000_000_000_000]) {
      vi.setSystemTime(wallClock);
      expect(systemClock(start).nowSeconds()).toBeCloseTo(100);
    }
  });

  it('goes by the wall clock once the machine has been started anew', () => {
    const clock = systemClock({ startedAtEpochSeconds: 999_970, monotonicStart: { boot: 'another', seconds: 5 } });
    expect(clock.nowSeconds()).toBeCloseTo(30);
  });

  it('never goes back behind what the journal holds', () => {
    const clock = systemClock({ startedAtEpochSeconds: 1_000_300 }, 42);
    expect(clock.nowSeconds()).toBeCloseTo(42);
    vi.advanceTimersByTime(1000);
    expect(clock.nowSeconds()).toBeCloseTo(43);
  });

  it('keeps an appointment once, at once where it is past, and none that was cancelled', () => {
    const clock = systemClock({ startedAtEpochSeconds: 1_000_000 });
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
    const clock = systemClock({ startedAtEpochSeconds: 1_000_000 });
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
