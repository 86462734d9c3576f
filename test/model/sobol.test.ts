import { describe, expect, it } from 'vitest';
import { owenScramble, sobolCoordinate, sobolDimensions } from '../../src/model/sobol.js';

const plain = (bits: number) => bits;
const points = (dimension: number, count: number, scramble = plain): readonly number[] =>
  Array.from({ length: count }, (_, index) => sobolCoordinate(index, dimension, scramble));

describe('the Sobol sequence', () => {
  it('begins as published', () => {
    expect(points(0, 8)).toEqual([0, 0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875]);
    expect(points(1, 8)).toEqual([0, 0.5, 0.75, 0.25, 0.625, 0.125, 0.375, 0.875]);
    expect(points(2, 8)).toEqual([0, 0.5, 0.75, 0.25, 0.375, 0.875, 0.625, 0.125]);
  });

  it('puts one of 2^k points in each of the 2^k equal parts of every dimension, scrambled or not', () => {
    for (let dimension = 0; dimension < sobolDimensions; dimension++) {
      for (const scramble of [plain, owenScramble(dimension + 7)]) {
        const parts = new Set(points(dimension, 256, scramble).map((one) => Math.floor(one * 256)));
        expect(parts.size).toBe(256);
      }
    }
  });

  it('fills every elementary box of its first two dimensions, scrambled or not', () => {
    for (const scramble of [plain, owenScramble(5)]) {
      const [x, y] = [points(0, 64, scramble), points(1, 64, owenScramble(6))];
      for (const wide of [1, 2, 4, 8, 16, 32, 64]) {
        const boxes = new Set(x.map((one, i) => `${Math.floor(one * wide)} ${Math.floor((y[i] ?? 0) * (64 / wide))}`));
        expect(boxes.size).toBe(64);
      }
    }
  });

  it('gives another sequence for another seed', () => {
    expect(points(0, 16, owenScramble(1))).not.toEqual(points(0, 16, owenScramble(2)));
    expect(points(0, 16, owenScramble(1))).toEqual(points(0, 16, owenScramble(1)));
  });

  it('refuses a dimension that it has not', () => {
    expect(() => sobolCoordinate(1, sobolDimensions, plain)).toThrow('64');
  });
});
