import { describe, expect, it } from 'vitest';
import { CaseSource } from '../../bench/search/case-curves.js';
import { rankAt } from '../../bench/search/case-definitions.js';
import { regret } from '../../src/simulation/benchmark.js';

describe('trainings by formula', () => {
  it('rank a third of the training as their case says', () => {
    const third = (name: string) => new CaseSource(name, 2).rankCorrelation(17);
    expect(third('mid-schedule')).toBeLessThan(0.4);
    expect(third('ranked')).toBeGreaterThan(0.9);
    expect(Math.abs(new CaseSource('blind-start', 2).rankCorrelation(2))).toBeLessThan(0.1);
  });

  it('are the same for the same task and configuration, and noisy only where scores are measured on few images', () => {
    for (const [name, isNoisy] of [
      ['ranked', false],
      ['noisy', true],
    ] as const) {
      const [source, again] = [new CaseSource(name, 1), new CaseSource(name, 1)];
      const [task] = source.benchmark.tasks;
      const [configuration] = source.sample(task?.id ?? '', 1);
      if (!task || !configuration) throw new Error('expected a task and a configuration');
      const { seconds, accuracy } = source.curve(task, configuration);
      expect(again.curve(task, configuration)).toEqual({ seconds, accuracy });
      expect(accuracy.join() === source.trueCurve(task, configuration).accuracy.join()).toBe(!isNoisy);
      expect(seconds).toHaveLength(source.benchmark.maxEpoch);
    }
  });

  it('have a best known accuracy that random configurations do not reach, and a median among them', () => {
    const source = new CaseSource('choices', 1);
    const [task] = source.benchmark.tasks;
    if (!task) throw new Error('expected a task');
    const regrets = source
      .sample('others', 200)
      .map((configuration) => regret(task, source.trueCurve(task, configuration).accuracy.at(-1) ?? 0))
      .sort((a, b) => a - b);
    expect(regrets[0]).toBeGreaterThan(0);
    expect(regrets[100]).toBeCloseTo(1, 0);
  });

  it('draw a straight line over the logarithm of the part between two correlations', () => {
    const ranks: readonly (readonly [number, number])[] = [
      [0.01, 0.2],
      [0.1, 0.6],
      [1, 1],
    ];
    expect(rankAt(ranks, 0.001)).toBe(0.2);
    expect(rankAt(ranks, Math.sqrt(0.001))).toBeCloseTo(0.4, 10);
    expect(rankAt(ranks, 1)).toBe(1);
  });
});
