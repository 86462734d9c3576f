import { describe, expect, it } from 'vitest';
import { HashStream } from '../../src/data/random.js';

const take = (count: number, draw: () => number): readonly number[] => Array.from({ length: count }, draw);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a stream of hashed numbers', () => {
  it('follows from its seed', () => {
    const [one, same, other] = [new HashStream(7), new HashStream(7), new HashStream(8)];
    const numbers = take(20, () => one.next());
    expect(take(20, () => same.next())).toEqual(numbers);
    expect(take(20, () => other.next())).not.toEqual(numbers);
    for (const number of numbers) expect(number >= 0 && number < 1).toBe(true);
  });

  it('is spread evenly, from one draw to the next and from one seed to the next', () => {
    const stream = new HashStream(3);
    const draws = take(20_000, () => stream.below(10));
    const firsts = Array.from({ length: 20_000 }, (_, seed) => new HashStream(seed).below(10));
    for (const numbers of [draws, firsts]) {
      for (let value = 0; value < 10; value++) {
        const count = numbers.filter((number) => number === value).length;
        expect(Math.abs(count - 2000), `${value}`).toBeLessThan(200);
      }
    }
    for (const value of take(100, () => stream.between(-3, 5))) expect(value >= -3 && value < 5).toBe(true);
  });

  it.each([0.05, 0.2, 1, 2])('draws from the beta distribution with both parameters %d', (alpha) => {
    const stream = new HashStream(1);
    const values = take(20_000, () => stream.beta(alpha));
    const variance = mean(values.map((value) => (value - 0.5) ** 2));
    expect(mean(values)).toBeCloseTo(0.5, 1);
    // Of the beta distribution with parameters a and a: 1 / (4 (2 a + 1)).
    expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeCloseTo(1, 1);
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});
