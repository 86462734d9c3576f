import { Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { factorise, factoriseSafely } from '../../src/model/factor.js';

const covariance = new Matrix([
  [2, 0.5, 0.1],
  [0.5, 1, 0.3],
  [0.1, 0.3, 1.5],
]);

describe('a factorised covariance', () => {
  test('has the inverse and half the logarithm of the determinant', () => {
    const factor = factorise(covariance);
    const product = factor?.inverse.mmul(covariance);
    for (const i of [0, 1, 2]) for (const j of [0, 1, 2]) expect(product?.get(i, j)).toBeCloseTo(i === j ? 1 : 0, 12);
    const determinant = 2 * (1.5 - 0.09) - 0.5 * (0.75 - 0.03) + 0.1 * (0.15 - 0.1);
    expect(factor?.halfLogarithm).toBeCloseTo(Math.log(determinant) / 2, 12);
  });

  test('is not there for what is none', () => {
    expect(factorise(Matrix.ones(3, 3))).toBeNull();
  });

  test('is mended by noise where points are equal, and left alone elsewhere', () => {
    expect(factoriseSafely(Matrix.ones(3, 3), 1).inverse.get(0, 0)).toBeGreaterThan(0);
    expect(factoriseSafely(covariance, 1).inverse.to2DArray()).toEqual(factorise(covariance)?.inverse.to2DArray());
  });

  test('cannot be made of what no noise mends', () => {
    expect(() => factoriseSafely(Matrix.eye(2).mul(-1), 1)).toThrow('expected a covariance');
  });
});
