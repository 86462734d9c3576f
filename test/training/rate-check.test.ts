import { describe, expect, it } from 'vitest';
import { RateCheck, type RateCheckOptions } from '../../src/training/rate-check.js';

const guess = Math.log(10);

/** What a check says of these losses, as parts of a guess's: 30 steps of 100 images and 1 % of the schedule each. */
function said(
  losses: readonly number[],
  options: Partial<RateCheckOptions> = {},
  steps = 30,
): readonly (string | null)[] {
  const check = new RateCheck({ classes: 10, warmup: 0.05, expected: null, ...options });
  return losses.map((loss, index) =>
    check.look({
      fraction: (index + 1) / 100,
      steps: (index + 1) * steps,
      images: (index + 1) * steps * 100,
      loss: loss * guess,
    }),
  );
}

const firstOf = (answers: readonly (string | null)[]): number => answers.findIndex((answer) => answer !== null);

describe('a training that has just begun', () => {
  it('bears its rate while its loss falls, from however high', () => {
    expect(firstOf(said([1, 0.9, 0.8, 0.7, 0.7, 0.6]))).toBe(-1);
    expect(firstOf(said([3, 2.5, 2, 1.5, 1.3, 1]))).toBe(-1);
    expect(firstOf(said([1, 1.6, 1, 1.6, 1, 0.9]))).toBe(-1);
  });

  it('does not bear it where the loss stays far above that of a guess', () => {
    const answers = said([1, 1.4, 1.5]);
    expect(firstOf(answers)).toBe(2);
    expect(answers[2]).toBe('its loss has risen to 3.45 where a guess has 2.30');
  });

  it('is not judged on a few steps', () => {
    expect(firstOf(said([2, 2, 2, 2, 2], {}, 5))).toBe(-1);
    expect(firstOf(said([2, 2, 2, 2, 2, 2], {}, 7))).toBe(5);
  });

  it('is not judged for rising once the peak rate has been held for 1 % of the schedule', () => {
    expect(firstOf(said([1, 1, 1, 1, 1, 1, 2, 2, 2, 2]))).toBe(-1);
    expect(firstOf(said([1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2], { warmup: 0.1 }))).toBe(10);
  });

  it('does not bear it where it has learnt less than half of what a shorter training of as many images had', () => {
    const expected = { images: 8 * 3000, loss: 0.5 * guess };
    const stuck = Array(12).fill(1);
    expect(firstOf(said(stuck, { expected }))).toBe(7);
    expect(said(stuck, { expected })[7]).toBe('its loss is 2.30 after 24000 images where the search had 1.15');
    expect(firstOf(said([...stuck.slice(0, 6), ...Array(6).fill(0.76)], { expected }))).toBe(7);
    expect(firstOf(said([...stuck.slice(0, 6), ...Array(6).fill(0.74)], { expected }))).toBe(-1);
    expect(firstOf(said(stuck, { expected: { ...expected, loss: 0.95 * guess } }))).toBe(-1);
  });

  it('is not begun anew for it when a quarter of the schedule has passed', () => {
    const expected = { images: 26 * 3000, loss: 0.5 * guess };
    expect(firstOf(said(Array(40).fill(1), { expected }))).toBe(-1);
  });
});
