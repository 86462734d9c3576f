import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accuracy, clock, count, number4, percent, resource, seconds } from '../../../src/ui/model/numbers.js';

describe('number4', () => {
  test.each([
    [0.123456, '0.1235'],
    [0.31, '0.31'],
    [0.0004321, '4.321e-4'],
    [1234.56, '1235'],
    [48_000, '48,000'],
    [12_345_678, '1.235e7'],
    [-2.5, '-2.5'],
    [0, '0'],
  ])('%d is shown with four significant digits as %s', (value, shown) => {
    expect(number4(value, '–')).toBe(shown);
  });

  test.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY])('%s is unknown', (value) => {
    expect(number4(value, '–')).toBe('–');
  });

  test('a number of any size is close to its text and takes at most eleven characters', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), (value) => {
        const shown = number4(value, '–');
        expect(shown.length).toBeLessThanOrEqual(11);
        const read = Number(shown.replaceAll(',', ''));
        expect(Math.abs(read - value)).toBeLessThanOrEqual(Math.abs(value) * 5e-4 + 1e-320);
      }),
    );
  });
});

test('an accuracy keeps its trailing zeros, so that columns line up', () => {
  expect([0.9, 0.87654, null, Number.NaN].map((value) => accuracy(value, '–'))).toEqual(['0.9000', '0.8765', '–', '–']);
});

test.each([
  [0, '0:00'],
  [59.9, '0:59'],
  [60, '1:00'],
  [761, '12:41'],
  [32_400, '9:00:00'],
  [-3, '0:00'],
  [Number.NaN, '0:00'],
])('the clock shows %d seconds as %s', (value, shown) => {
  expect(clock(value)).toBe(shown);
});

test.each([
  [4, 'seconds', '4s'],
  [4.26, 'seconds', '4.3s'],
  [9.97, 'seconds', '10s'],
  [36, 'seconds', '36s'],
  [150, 'seconds', '2m30s'],
  [3599.7, 'seconds', '1h00m'],
  [3, 'epochs', '3 epochs'],
  [12_000, 'samples', '12,000 samples'],
])('a resource of %d %s is shown as %s', (value, unit, shown) => {
  expect(resource(value, unit, '–')).toBe(shown);
});

test('seconds of work have one decimal below a thousand', () => {
  expect([4.25, 412.44, 1234.5, Number.NaN].map((value) => seconds(value, '–'))).toEqual(['4.3', '412.4', '1235', '–']);
});

test('counts have separators and parts stay within 0 and 100 %', () => {
  expect(count(48_000, '–')).toBe('48,000');
  expect([-1, 0.553, 2].map(percent)).toEqual(['0 %', '55 %', '100 %']);
});
