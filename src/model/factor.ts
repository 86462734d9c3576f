import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** A covariance matrix, factorised. */
export interface Factor {
  readonly inverse: Matrix;
  /** Of its determinant. */
  readonly halfLogarithm: number;
}

/**
 * Null where it is not positive definite. The inverse comes from that of the triangular factor, by rows: `solve` with a unit matrix does three times the
 * work, and most of the time of a model would go there.
 */
export function factorise(covariance: Matrix): Factor | null {
  const cholesky = new CholeskyDecomposition(covariance);
  if (!cholesky.isPositiveDefinite()) return null;
  const triangle = cholesky.lowerTriangularMatrix;
  const n = triangle.rows;
  const rows = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: i + 1 }, (_unused, j) => triangle.get(i, j)),
  );
  let halfLogarithm = 0;
  // Column by column of the triangle's inverse, each kept as a row.
  const columns: Float64Array[] = [];
  for (let j = 0; j < n; j++) {
    const column = new Float64Array(n);
    for (let i = j; i < n; i++) {
      const row = rows[i] ?? column;
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= (row[k] ?? 0) * (column[k] ?? 0);
      column[i] = sum / (row[i] ?? 1);
    }
    columns.push(column);
    halfLogarithm += Math.log(rows[j]?.[j] ?? 1);
  }
  const inverse = Matrix.zeros(n, n);
  for (const [i, a] of columns.entries()) {
    for (let j = 0; j <= i; j++) {
      const b = columns[j] ?? a;
      let sum = 0;
      for (let k = i; k < n; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
      inverse.set(i, j, sum);
      inverse.set(j, i, sum);
    }
  }
  return { inverse, halfLogarithm };
}

/** Parts of the variance that are added to the diagonal, one after the other, until it is positive definite. */
const mending = [0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1] as const;

/**
 * As `factorise`, of a covariance that rounding may have spoilt: points that hardly differ are then taken for noisier than they are.
 * @param variance of the function, > 0.
 * @throws Error where it is no covariance at all.
 */
export function factoriseSafely(covariance: Matrix, variance: number): Factor {
  for (const part of mending) {
    const factor = factorise(Matrix.add(covariance, Matrix.eye(covariance.rows).mul(part * variance)));
    if (factor) return factor;
  }
  throw new Error('model: expected a covariance, got a matrix that no noise makes positive definite');
}
