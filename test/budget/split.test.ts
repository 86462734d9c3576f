import { describe, expect, it } from 'vitest';
import { expectedExcess, finalShouldBegin, type SplitInput, stakes } from '../../src/budget/split.js';

/** Final trainings of which e times as long brings `slope`. */
const input = (slope: number, spread: number, more: Partial<SplitInput> = {}): SplitInput => ({
  learning: { gain: () => 0, spread, lead: 1 },
  now: 100,
  searchBeganAt: 0,
  endsAt: 1000,
  trials: 20,
  wholeUntil: null,
  finalWorth: (beginsAt) => slope * Math.log(Math.max(1e-9, 1000 - beginsAt)),
  ...more,
});

describe('what further trials are expected to bring', () => {
  it('is what the best of so many normal draws exceeds: known means of their maximum', () => {
    const known = [
      [1, 0],
      [2, 0.5642],
      [10, 1.5388],
      [100, 2.5076],
    ] as const;
    // Below −4 there is nothing: the excess over that is the mean and 4 more.
    for (const [draws, mean] of known) expect(expectedExcess(-4, draws)).toBeCloseTo(mean + 4, 2);
  });

  it('grows with their number and falls with the lead', () => {
    expect(expectedExcess(1, 0)).toBe(0);
    expect(expectedExcess(1, 10)).toBeGreaterThan(expectedExcess(1, 5));
    expect(expectedExcess(1, 10)).toBeGreaterThan(expectedExcess(2, 10));
    expect(expectedExcess(7, 1000)).toBe(0);
  });
});

describe('the beginning of the final training', () => {
  it('comes later the more trials differ, and earlier the more training brings', () => {
    const at = (slope: number, spread: number) => finalShouldBegin(input(slope, spread));
    expect(at(0.3, 0.5)).toBeGreaterThan(at(0.3, 0.1));
    expect(at(0.6, 0.3)).toBeLessThan(at(0.1, 0.3));
    expect(at(1, 0.001)).toBe(100);
  });

  it('is where one second more of either is worth the same', () => {
    const given = input(0.3, 0.5);
    const at = finalShouldBegin(given);
    const value = (time: number) => stakes(given, time).search - stakes(given, time).final;
    for (const other of [at - 15, at + 15]) expect(value(at)).toBeGreaterThan(value(other));
  });

  it('leaves the final training its whole length where the rest brings little, and cuts it where it brings much', () => {
    const whole = (slope: number): Partial<SplitInput> => ({
      wholeUntil: 612.5,
      finalWorth: (beginsAt) => slope * Math.log(Math.min(387.5, Math.max(1e-9, 1000 - beginsAt))),
    });
    expect(finalShouldBegin(input(0, 0.1, whole(1)))).toBe(612.5);
    expect(finalShouldBegin(input(0, 0.5, whole(0.05)))).toBeGreaterThan(700);
  });

  it('is as late as costs nothing, also where one trial leads by so much that no other is expected to be better', () => {
    const finalWorth = (beginsAt: number) => Math.log(Math.min(387.5, Math.max(1e-9, 1000 - beginsAt)));
    const learning = { gain: () => 0, spread: 0.1, lead: 20 };
    expect(finalShouldBegin(input(1, 0.1, { learning, wholeUntil: 612.5, finalWorth }))).toBe(612.5);
    expect(finalShouldBegin(input(1, 0.1, { learning, finalWorth: () => 1 }))).toBe(1000);
  });
});
