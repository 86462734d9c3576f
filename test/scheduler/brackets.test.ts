import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hyperbandBrackets, largestHalving, successiveHalvingBracket } from '../../src/scheduler/brackets.js';

describe('brackets', () => {
  it("starts the trials of Hyperband's algorithm, not of its example table", () => {
    const starts = hyperbandBrackets(1, 81, 3).map((bracket) => bracket[0]?.trials);
    expect(starts).toEqual([81, 34, 15, 8, 5]);
  });

  it('ends every bracket at exactly the maximal resource', () => {
    for (const bracket of hyperbandBrackets(1, 81, 3)) expect(bracket.at(-1)?.resource).toBe(81);
  });

  it.each([
    [1, 243, 3, 5],
    [1, 59_049, 3, 10],
    [1, 59_049, 9, 5],
    [1, 1000, 10, 3],
    [1, 1_000_000, 10, 6],
    [1, 125, 5, 3],
    [1, 80, 3, 3],
    [7, 7, 2, 0],
  ])('counts the halvings from %d to %d by %d without logarithms', (min, max, eta, halvings) => {
    expect(largestHalving(min, max, eta)).toBe(halvings);
  });

  it('promotes one of eta and leaves one at the top of successive halving', () => {
    expect(successiveHalvingBracket(1, 27, 3)).toEqual([
      { trials: 27, resource: 1 },
      { trials: 9, resource: 3 },
      { trials: 3, resource: 9 },
      { trials: 1, resource: 27 },
    ]);
  });

  it.each([
    [2, 52, 3, [2, 6, 17, 52]],
    [1, 52, 3, [1, 2, 6, 17, 52]],
    [1, 1, 3, [1]],
    [3, 81, 3, [3, 9, 27, 81]],
    [3, 80, 3, [3, 9, 27, 80]],
    [1, 3, 2, [1, 2, 3]],
  ])('of whole resources from %d to %d by %d have each once', (min, max, eta, resources) => {
    expect(successiveHalvingBracket(min, max, eta, true).map(({ resource }) => resource)).toEqual(resources);
    expect(hyperbandBrackets(min, max, eta, true)[0]?.map(({ resource }) => resource)).toEqual(resources);
  });

  it('is legal for any resources and eta: sizes fall, resources grow by eta from at least min to max', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 10 }),
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        fc.double({ min: 1, max: 3000, noNaN: true }),
        (eta, min, ratio) => {
          const max = min * ratio;
          for (const bracket of hyperbandBrackets(min, max, eta)) {
            expect(bracket[0]?.resource).toBeGreaterThanOrEqual(min * (1 - 1e-9));
            expect(bracket.at(-1)?.resource).toBe(max);
            for (const [index, rung] of bracket.entries()) {
              expect(Number.isInteger(rung.trials) && rung.trials >= 1).toBe(true);
              const below = bracket[index - 1];
              if (!below) continue;
              expect(rung.trials).toBe(Math.floor(below.trials / eta));
              expect(rung.resource / below.resource).toBeCloseTo(eta, 6);
            }
          }
        },
      ),
    );
  });

  it('refuses resources that make no bracket', () => {
    expect(() => hyperbandBrackets(0, 1, 3)).toThrow(/0 < min <= max/);
    expect(() => hyperbandBrackets(2, 1, 3)).toThrow(/0 < min <= max/);
    expect(() => hyperbandBrackets(1, 2, 1.5)).toThrow(/eta/);
  });
});
