import seedrandom from 'seedrandom';
import { describe, expect, it } from 'vitest';
import type { Level, LevelEntry } from '../../src/state/levels.js';
import { correlationOf, correlationText, rankCorrelations, unrestricted } from '../../src/state/rank-correlation.js';

/** Scores of trials at 2, 6 and 18, null where a trial did not get there. */
function measuredLevels(scores: readonly (readonly (number | null)[])[]): readonly Level[] {
  const resources = [2, 6, 18];
  return resources.flatMap((resource, level) => {
    const entries: LevelEntry[] = scores.flatMap((own, trial) => {
      const told = own.slice(0, level + 1);
      if (typeof told[level] !== 'number') return [];
      return [{ trial, at: trial, scores: new Map(told.map((score, index) => [resources[index] ?? 0, score ?? 0])) }];
    });
    const all = { count: entries.length, newest: entries, settled: entries };
    return entries.length === 0 ? [] : [{ resource, all, promoted: all }];
  });
}

/** Normal scores with a correlation, those with the best lower ones promoted. */
function selected(count: number, correlation: number, promoted: number, seed: string) {
  const random = seedrandom.alea(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const scale = (z: number) => 1 / (1 + Math.exp(-z));
  const all = Array.from({ length: count }, () => {
    const lower = normal();
    return [lower, correlation * lower + Math.sqrt(1 - correlation ** 2) * normal()] as const;
  }).sort((a, b) => b[0] - a[0]);
  return all.map(([lower, upper], index) => [scale(lower), index < promoted ? scale(upper) : null]);
}

const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;

describe('the correlation between two rungs', () => {
  it('is 1 where trials stand in the same order, -1 in the opposite, and unknown for fewer than four of them', () => {
    const rising = [1, 2, 3, 4, 5].map((one) => [one / 10, one / 20]);
    const falling = [1, 2, 3, 4, 5].map((one) => [one / 10, 0.9 - one / 20]);
    expect(rankCorrelations(measuredLevels(rising))).toMatchObject([
      { lower: 2, upper: 6, trials: 5, spearman: { value: 1 }, corrected: { value: 1 } },
    ]);
    expect(rankCorrelations(measuredLevels(falling))[0]?.spearman).toMatchObject({ value: -1 });
    expect(rankCorrelations(measuredLevels(rising.slice(0, 3)))).toEqual([]);
  });

  it('is corrected for the selection of those that were promoted', () => {
    const measured = Array.from({ length: 20 }, (_, seed) => {
      const [lower, upper] = measuredLevels(selected(120, 0.8, 40, String(seed)));
      const correlation = lower && upper && correlationOf(lower, upper);
      if (!correlation) throw new Error('expected a correlation');
      return correlation;
    });
    expect(mean(measured.map(({ spearman }) => spearman.value))).toBeLessThan(0.65);
    expect(Math.abs(mean(measured.map(({ corrected }) => corrected.value)) - 0.8)).toBeLessThan(0.08);
  });

  it('has an interval that covers the truth in most cases, and is the same each time', () => {
    const covered = Array.from({ length: 40 }, (_, seed) => {
      const [both] = rankCorrelations(measuredLevels(selected(40, 0.5, 40, `cover ${seed}`)));
      return both !== undefined && both.corrected.low <= 0.5 && both.corrected.high >= 0.5;
    });
    expect(covered.filter(Boolean).length).toBeGreaterThan(30);
    const again = () => rankCorrelations(measuredLevels(selected(30, 0.5, 12, 'same')));
    expect(again()).toEqual(again());
  });

  it('is 0 where scores do not vary', () => {
    const flat = measuredLevels([1, 2, 3, 4, 5].map((one) => [0.5, one / 10]));
    expect(rankCorrelations(flat)[0]).toMatchObject({ spearman: { value: 0 }, corrected: { value: 0 } });
    expect(unrestricted(0.5, Number.POSITIVE_INFINITY)).toBe(0);
  });

  it('is told of neighbouring rungs and of each with the highest, one line each', () => {
    const three = measuredLevels([1, 2, 3, 4, 5].map((one) => [one / 10, one / 9, one / 8]));
    const pairs = rankCorrelations(three);
    expect(pairs.map(({ lower, upper }) => [lower, upper])).toEqual([
      [2, 6],
      [2, 18],
      [6, 18],
    ]);
    const told = pairs.map(correlationText);
    expect(told[0]).toBe('rung 2 -> 6: 1.00 [1.00, 1.00], 5 trials; without their selection 1.00 [1.00, 1.00]');
  });
});
