import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastMakespan, type MakespanSettings, makespan, rungSeconds } from '../../src/budget/makespan.js';
import { type BracketPlan, hyperbandBrackets } from '../../src/scheduler/brackets.js';

const settings: MakespanSettings = {
  slots: 1,
  anneal: 'restart',
  cooldown: 1,
  secondsPerUnit: 1,
  overheadSeconds: 0,
};
const bracket: BracketPlan = [
  { trials: 3, resource: 1 },
  { trials: 1, resource: 3 },
];

const anySettings = fc.record({
  slots: fc.integer({ min: 1, max: 8 }),
  anneal: fc.constantFrom('restart' as const, 'trunk' as const),
  cooldown: fc.double({ min: 0.05, max: 1, noNaN: true }),
  secondsPerUnit: fc.double({ min: 0.1, max: 10, noNaN: true }),
  overheadSeconds: fc.double({ min: 0, max: 5, noNaN: true }),
});
const anyRound = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 2, max: 4 }))
  .map(([max, eta]) => hyperbandBrackets(1, max, eta));

describe('the makespan of a round', () => {
  it('adds up on one slot', () => {
    expect(makespan([bracket], settings)).toBe(6);
    expect(makespan([bracket], { ...settings, overheadSeconds: 0.5 })).toBe(8);
    expect(makespan([bracket], { ...settings, secondsPerUnit: 2 })).toBe(12);
  });

  it('is nothing for no brackets', () => {
    expect(makespan([], settings)).toBe(0);
  });

  it('fills the idle end of a rung with the next bracket', () => {
    const two = { ...settings, slots: 2 };
    expect(makespan([bracket, bracket], two)).toBeLessThan(2 * makespan([bracket], two));
  });

  it('charges a promotion only for what the trunk does not have yet', () => {
    const trunk = { ...settings, anneal: 'trunk' as const, cooldown: 0.25 };
    const one: BracketPlan = bracket.map((rung) => ({ ...rung, trials: 1 }));
    expect(rungSeconds(trunk, 1, 3)).toBeCloseTo(0.75 * 2 + 0.25 * 3);
    expect(makespan([one], trunk)).toBeCloseTo(1 + rungSeconds(trunk, 1, 3));
  });

  it('is never shorter than its work spread over the slots, nor longer than its work on one', () => {
    fc.assert(
      fc.property(anyRound, anySettings, (round, given) => {
        const seconds = makespan(round, given);
        const work = leastMakespan(round, { ...given, slots: 1 });
        expect(seconds).toBeGreaterThanOrEqual(leastMakespan(round, given) * (1 - 1e-9));
        expect(seconds).toBeLessThanOrEqual(work * (1 + 1e-9));
        expect(leastMakespan(round, given)).toBeCloseTo(work / given.slots);
      }),
      { numRuns: 60 },
    );
  });

  it('is its work exactly on one slot', () => {
    fc.assert(
      fc.property(anyRound, anySettings, (round, given) => {
        const one = { ...given, slots: 1 };
        expect(makespan(round, one)).toBeCloseTo(leastMakespan(round, one));
      }),
      { numRuns: 40 },
    );
  });
});
