import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/budget/duration.js';
import { InputError } from '../../src/errors.js';

describe('parseDuration', () => {
  it.each([
    ['90s', 90],
    ['6m', 360],
    ['9h', 32_400],
    ['1h30m', 5_400],
    ['2d', 172_800],
    ['1d1h1m1s', 90_061],
    ['1.5h', 5_400],
    ['0.5s', 0.5],
    ['.5m', 30],
    ['45', 45],
    ['1H 30M', 5_400],
    ['365d', 31_536_000],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text, '--budget')).toBe(seconds);
  });

  it.each(['', ' ', 'abc', '6 minutes', '30m1h', '1h1h', '-5s', '1e3', 'NaN', 'Infinity', '5ms', 's', '.'])(
    '%j is refused as no duration',
    (text) => {
      expect(() => parseDuration(text, '--budget')).toThrow(InputError);
    },
  );

  it('zero and more than a year are refused with the place, what stood there and an example', () => {
    expect(() => parseDuration('0m', '--budget')).toThrow(
      '--budget: expected a duration above zero, got "0m"; try 90s, 6m, 9h or 1h30m',
    );
    expect(() => parseDuration('366d', '--budget')).toThrow('expected a duration of at most 365d, got "366d"');
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [0.8, '0.8s'],
    [4, '4s'],
    [9.96, '10s'],
    [45.3, '45s'],
    [59.7, '1m'],
    [360, '6m'],
    [5_400, '1h30m'],
    [3_601, '1h1s'],
    [172_800, '2d'],
    [-5, '-5s'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('%d seconds read %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('writes whole seconds so that they are read back unchanged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 31_536_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds), 'test')).toBe(seconds);
      }),
    );
  });
});
