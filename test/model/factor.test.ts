import { describe, expect, test } from 'vitest';
import { dot, factorise, factoriseSafely } from '../../src/model/factor.js';

const covariance = Float64Array.of(2, 0.5, 0.1, 0.5, 1, 0.3, 0.1, 0.3, 1.5);
const ones = new Float64Array(9).fill(1);
const at = (matrix: Float64Array | undefined, i: number, j: number) => matrix?.[3 * i + j] ?? Number.NaN;
const sum = (of: (k: number) => number) => [0, 1, 2].reduce((total, k) => total + of(k), 0);

describe('a factorised covariance', () => {
  test('has the inverse and half the logarithm of the determinant', () => {
    const factor = factorise(covariance, 3);
    for (const i of [0, 1, 2]) {
      for (const j of [0, 1, 2])
        expect(sum((k) => at(factor?.inverse, i, k) * at(covariance, k, j))).toBeCloseTo(i === j ? 1 : 0, 12);
    }
    const determinant = 2 * (1.5 - 0.09) - 0.5 * (0.75 - 0.03) + 0.1 * (0.15 - 0.1);
    expect(factor?.halfLogarithm).toBeCloseTo(Math.log(determinant) / 2, 12);
  });

  test('has the inverse of its triangle, whose square is the inverse', () => {
    const factor = factorise(covariance, 3);
    for (const i of [0, 1, 2]) {
      for (const j of [0, 1, 2]) {
        const square = sum((k) => at(factor?.inverseTriangle, k, i) * at(factor?.inverseTriangle, k, j));
        expect(square).toBeCloseTo(at(factor?.inverse, i, j), 12);
        if (j > i) expect(at(factor?.inverseTriangle, i, j)).toBe(0);
      }
    }
  });

  test('is not there for what is none', () => {
    expect(factorise(ones, 3)).toBeNull();
  });

  test('is mended by noise where points are equal, and left alone elsewhere', () => {
    expect(factoriseSafely(ones, 3, 1).inverse[0]).toBeGreaterThan(0);
    expect(factoriseSafely(covariance, 3, 1)).toEqual(factorise(covariance, 3));
  });

  test('cannot be made of what no noise mends', () => {
    expect(() => factoriseSafely(Float64Array.of(-1, 0, 0, -1), 2, 1)).toThrow('expected a covariance');
  });
});

describe('a dot product', () => {
  test('is that of the stretches named, whatever their length', () => {
    const a = Float64Array.from({ length: 12 }, (_, index) => index);
    for (const length of [0, 1, 3, 4, 7, 9]) {
      const expected = Array.from({ length }, (_, k) => (k + 1) * (k + 2)).reduce((total, one) => total + one, 0);
      expect(dot(a, 1, a, 2, length)).toBe(expected);
    }
  });
});
