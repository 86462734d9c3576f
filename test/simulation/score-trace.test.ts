import { describe, expect, it } from 'vitest';
import type { Curve } from '../../src/simulation/curve.js';
import { type ScoringRule, scoreTrace, type TraceStep } from '../../src/simulation/score-trace.js';

/** Four epochs; each takes so long, and the accuracies after them. */
const curve = (secondsEach: number, ...accuracy: readonly number[]): Curve => ({
  seconds: accuracy.map((_, index) => (index + 1) * secondsEach),
  accuracy,
});
const rule: ScoringRule = { budgetSeconds: 10, continuation: 'resume', maxEpoch: 4, minEpoch: 1 };
const step = (trial: number, to: number): TraceStep => ({ trial, to });

const score = (curves: readonly Curve[], steps: readonly TraceStep[], changes: Partial<ScoringRule> = {}) =>
  scoreTrace(steps, (trial) => curves[trial] ?? curve(1, 0, 0, 0, 0), { ...rule, ...changes });

describe('the rule that scores a search', () => {
  it('trains the best configuration in what is left, from its first epoch', () => {
    const curves = [curve(1, 10, 20, 30, 40), curve(1, 15, 25, 35, 45)];
    expect(score(curves, [step(0, 2), step(1, 1)])).toEqual({
      score: 40,
      searchSeconds: 3,
      finalEpoch: 4,
      trials: 2,
      incumbent: 0,
    });
    expect(score(curves, [step(0, 1), step(1, 1)])).toMatchObject({ score: 45, incumbent: 1, searchSeconds: 2 });
  });

  it('kills the search where only the reserve of the incumbent is left, and the epoch under way is lost', () => {
    const curves = [curve(1, 50, 50, 50, 60), curve(4, 10, 99, 99, 99)];
    // 1 s, then 4 s for an epoch of the other; its second would end at 9 s, past 10 - 4.
    expect(score(curves, [step(0, 1), step(1, 2)])).toEqual({
      score: 60,
      searchSeconds: 6,
      finalEpoch: 4,
      trials: 2,
      incumbent: 0,
    });
  });

  it('adopts nothing whose full training would end too late', () => {
    const curves = [curve(1, 10, 10, 10, 20), curve(2.5, 90, 90, 90, 95)];
    expect(score(curves, [step(0, 1), step(1, 1)])).toMatchObject({ score: 20, incumbent: 0 });
    // At 10 s alone it fits.
    expect(score(curves, [step(1, 1)], { budgetSeconds: 12.5 })).toMatchObject({ score: 95, incumbent: 1 });
  });

  it('adopts a configuration on its way to the end if the rest of that way fits', () => {
    const curves = [curve(1, 10, 10, 10, 20), curve(2, 90, 90, 90, 95)];
    // A reserve of 8 s after 3 s is too much; what is left of the training under way, 6 s, is not.
    expect(score(curves, [step(0, 1), step(1, 1)])).toMatchObject({ incumbent: 0, score: 20 });
    expect(score(curves, [step(0, 1), step(1, 4)])).toMatchObject({ incumbent: 1, score: 95, searchSeconds: 9 });
  });

  it('owes nothing to a configuration that the search has trained to the end', () => {
    const curves = [curve(1, 50, 60, 70, 80), curve(1, 1, 1, 1, 1)];
    expect(score(curves, [step(0, 4), ...[1, 2, 3, 4].map((to) => step(1, to)), step(2, 4)])).toEqual({
      score: 80,
      searchSeconds: 10,
      finalEpoch: 4,
      trials: 3,
      incumbent: 0,
    });
  });

  it('takes for the final training what the end of the budget cuts of the incumbent’s own training', () => {
    const curves = [curve(1, 50, 60, 70, 80)];
    const slowing: Curve = { seconds: [1, 2, 3, 30], accuracy: [50, 60, 70, 80] };
    expect(score(curves, [step(0, 1), step(0, 4)], { budgetSeconds: 4 })).toMatchObject({ score: 80, finalEpoch: 4 });
    expect(score([slowing], [step(0, 1), step(0, 4)])).toMatchObject({ score: 70, finalEpoch: 3, searchSeconds: 10 });
  });

  it('takes the best of what the search has trained to the end where the final training falls short of it', () => {
    const slowing: Curve = { seconds: [1, 2, 3, 30], accuracy: [94, 94, 91, 99] };
    expect(score([curve(1, 50, 60, 70, 93), slowing], [step(0, 4), step(1, 1)])).toMatchObject({
      score: 93,
      finalEpoch: 4,
      incumbent: 1,
    });
  });

  it('lets a promoted configuration pay for what is new alone, or from scratch for all of it', () => {
    const curves = [curve(1, 10, 20, 30, 40)];
    const steps = [step(0, 1), step(0, 2)];
    expect(score(curves, steps)).toMatchObject({ searchSeconds: 2 });
    expect(score(curves, steps, { continuation: 'scratch' })).toMatchObject({ searchSeconds: 3, score: 40 });
  });

  it('judges at the highest epoch reached, and only from the lowest rung on', () => {
    const falling = [curve(1, 90, 10, 10, 10), curve(1, 20, 20, 20, 20)];
    expect(score(falling, [step(0, 1), step(0, 2), step(1, 1)])).toMatchObject({ incumbent: 1, score: 20 });
    expect(score(falling, [step(0, 1), step(1, 2)], { minEpoch: 2 })).toMatchObject({ incumbent: 1 });
  });

  it('gives no score where nothing could be adopted', () => {
    expect(score([curve(5, 9, 9, 9, 9)], [step(0, 1)])).toMatchObject({ score: null, incumbent: null, finalEpoch: 0 });
  });
});
