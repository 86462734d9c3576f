import { describe, expect, it } from 'vitest';
import { chosenOf, positive, runsOf } from '../../bench/accuracy/arguments.js';

describe('the command line of an accuracy bench', () => {
  it('says which seeds and splits are run', () => {
    const { seeds, splits } = runsOf({ seeds: '3', 'first-seed': '5', splits: '2' });
    expect([seeds, splits]).toEqual([
      [5, 6, 7],
      [0, 1],
    ]);
  });

  it.each([
    { seeds: '0', 'first-seed': '0', splits: '1' },
    { seeds: '2.5', 'first-seed': '0', splits: '1' },
    { seeds: '3', 'first-seed': 'x', splits: '1' },
    { seeds: '3', 'first-seed': '0', splits: '-1' },
  ])('is refused where it names none: %j', (values) => {
    expect(() => runsOf(values)).toThrow(/^--(seeds|first-seed|splits): expected/);
  });

  it('takes lengths that are no whole numbers, but none that are nothing', () => {
    expect(positive('--minutes', '0.5', false)).toBe(0.5);
    expect(() => positive('--minutes', undefined, false)).toThrow(
      /^--minutes: expected a positive number, got undefined/,
    );
  });

  it('chooses by name, in the order that is asked for', () => {
    const all = { a: 1, b: 2, c: 3 };
    expect(chosenOf('--methods', all)).toEqual(['a', 'b', 'c']);
    expect(chosenOf('--methods', all, 'c, a')).toEqual(['c', 'a']);
    expect(() => chosenOf('--methods', all, 'a,toString')).toThrow(
      /^--methods: expected some of a, b, c, got toString/,
    );
  });
});
