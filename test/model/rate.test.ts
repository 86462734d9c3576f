import seedrandom from 'seedrandom';
import { expect, test } from 'vitest';
import { fitRate } from '../../src/model/rate.js';

test('a rate is learnt as a product of effects, of choices and inactive parameters, too', () => {
  const random = seedrandom.alea('rate');
  const cost = ([width = 0, kind = 0, extra = 0]: Float64Array) =>
    5 * Math.exp(2 * width) * (kind === 1 ? 3 : 1) * (Number.isNaN(extra) ? 1 : Math.exp(0.5 * extra));
  const point = () => {
    const kind = random() < 0.5 ? 0 : 1;
    return Float64Array.of(random(), kind, kind === 1 ? random() : Number.NaN);
  };
  const points = Array.from({ length: 80 }, point);
  const rate = fitRate(points, points.map(cost), [0, 2, 0]);
  for (const other of Array.from({ length: 50 }, point)) {
    expect(rate(other) / cost(other)).toBeGreaterThan(0.8);
    expect(rate(other) / cost(other)).toBeLessThan(1.25);
  }
});

test('a single measurement is the rate of everything', () => {
  expect(fitRate([Float64Array.of(0.2)], [7], [0])(Float64Array.of(0.9))).toBeCloseTo(7, 10);
});
