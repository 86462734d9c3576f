import seedrandom from 'seedrandom';
import { describe, expect, it } from 'vitest';
import { orthogonalise } from '../../src/network/orthogonalise.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { evaluateProgram } from '../program/reference.js';
import { at } from '../program/tensor.js';

function orthogonalised(values: Float64Array, rows: number, columns: number): Float64Array {
  const builder = new ProgramBuilder('test');
  const matrix = builder.input('matrix', { shape: [rows, columns], dtype: 'float32' });
  builder.output('result', orthogonalise(builder, matrix));
  return evaluateProgram(builder.build(), { matrix: values })['result'] ?? new Float64Array(0);
}

function randomMatrix(rows: number, columns: number): Float64Array {
  const random = seedrandom.alea(`${rows}x${columns}`);
  return new Float64Array(rows * columns).map(() => 2 * random() - 1);
}

/** MᵀN of two matrices with as many rows. */
function inner(m: Float64Array, n: Float64Array, rows: number, columns: number): Float64Array {
  return new Float64Array(columns * columns).map((_, index) => {
    const [i, j] = [Math.floor(index / columns), index % columns];
    let sum = 0;
    for (let row = 0; row < rows; row += 1) sum += at(m, row * columns + i) * at(n, row * columns + j);
    return sum;
  });
}

/** Eigenvalues of a symmetric matrix by Jacobi's rotations, in ascending order. */
function eigenvalues(symmetric: Float64Array): readonly number[] {
  const a = symmetric.slice();
  const size = Math.sqrt(a.length);
  const get = (i: number, j: number) => at(a, i * size + j);
  for (let sweep = 0; sweep < 30; sweep += 1) {
    for (let p = 0; p < size; p += 1) {
      for (let q = p + 1; q < size; q += 1) {
        const angle = 0.5 * Math.atan2(2 * get(p, q), get(q, q) - get(p, p));
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < size; k += 1) {
          const [x, y] = [get(k, p), get(k, q)];
          a[k * size + p] = c * x - s * y;
          a[k * size + q] = s * x + c * y;
        }
        for (let k = 0; k < size; k += 1) {
          const [x, y] = [get(p, k), get(q, k)];
          a[p * size + k] = c * x - s * y;
          a[q * size + k] = s * x + c * y;
        }
      }
    }
  }
  return Array.from({ length: size }, (_, i) => get(i, i)).toSorted((x, y) => x - y);
}

const transposed = (values: Float64Array, rows: number, columns: number) =>
  values.map((_, index) => at(values, (index % rows) * columns + Math.floor(index / rows)));

describe('orthogonalise', () => {
  it.each([
    [6, 6],
    [36, 8],
    [5, 12],
    [9, 1],
  ])('gives a %i x %i matrix singular values near 1', (rows, columns) => {
    const result = orthogonalised(randomMatrix(rows, columns), rows, columns);
    const [tall, side] = rows >= columns ? [result, columns] : [transposed(result, rows, columns), rows];
    const singular = eigenvalues(inner(tall, tall, Math.max(rows, columns), side)).map(Math.sqrt);
    expect(singular).toHaveLength(side);
    expect(singular[0]).toBeGreaterThan(0.65);
    expect(singular.at(-1)).toBeLessThan(1.25);
  });

  it('keeps the singular vectors', () => {
    const matrix = randomMatrix(24, 6);
    const [result, size] = [orthogonalised(matrix, 24, 6), 6];
    // UΣVᵀ and UΣ′Vᵀ have a symmetric positive product VΣ′ΣVᵀ.
    const product = inner(result, matrix, 24, size);
    product.forEach((value, index) => {
      expect(value).toBeCloseTo(at(product, (index % size) * size + Math.floor(index / size)), 10);
    });
    expect(eigenvalues(product)[0]).toBeGreaterThan(0);
  });

  it('does not depend on the size of the matrix, and leaves zeros', () => {
    const matrix = randomMatrix(8, 4);
    const [result, thousand] = [matrix, matrix.map((x) => 1000 * x)].map((x) => orthogonalised(x, 8, 4));
    thousand?.forEach((value, index) => {
      expect(value).toBeCloseTo(at(result ?? [], index), 6);
    });
    expect(orthogonalised(new Float64Array(32), 8, 4)).toEqual(new Float64Array(32));
  });
});
