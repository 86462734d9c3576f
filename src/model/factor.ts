/**
 * A covariance matrix, factorised. Matrices of n x n numbers are row by row in one array: half of what a decision takes is spent in here, and reading
 * through a library's objects doubles that.
 */
export interface Factor {
  readonly inverse: Float64Array;
  /** Of the lower triangle L with L Lᵀ = covariance: also lower, zeros above. */
  readonly inverseTriangle: Float64Array;
  /** Of its determinant. */
  readonly halfLogarithm: number;
}

/**
 * Null where it is not positive definite (Cholesky).
 * @param covariance n x n; only its lower triangle is read.
 */
export function factorise(covariance: Float64Array, n: number): Factor | null {
  const triangle = Float64Array.from(covariance);
  const diagonal = new Float64Array(n);
  let halfLogarithm = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const rest = (triangle[i * n + j] ?? 0) - dot(triangle, i * n, triangle, j * n, j);
      triangle[i * n + j] = rest / (diagonal[j] ?? 1);
    }
    const rest = (triangle[i * n + i] ?? 0) - dot(triangle, i * n, triangle, i * n, i);
    if (!(rest > 0)) return null;
    diagonal[i] = Math.sqrt(rest);
    halfLogarithm += 0.5 * Math.log(rest);
  }
  // Its columns as rows: whatever is multiplied below then lies side by side.
  const columns = new Float64Array(n * n);
  const inverseTriangle = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      const sum = i === j ? 1 : -dot(triangle, i * n + j, columns, j * n + j, i - j);
      const value = sum / (diagonal[i] ?? 1);
      columns[j * n + i] = value;
      inverseTriangle[i * n + j] = value;
    }
  }
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = dot(columns, i * n + i, columns, j * n + i, n - i);
      inverse[i * n + j] = value;
      inverse[j * n + i] = value;
    }
  }
  return { inverse, inverseTriangle, halfLogarithm };
}

/** Four sums at once: one alone waits for each addition to end. */
export function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, length: number): number {
  let [first, second, third, fourth, k] = [0, 0, 0, 0, 0];
  for (; k + 3 < length; k += 4) {
    const [i, j] = [aStart + k, bStart + k];
    first += (a[i] ?? 0) * (b[j] ?? 0);
    second += (a[i + 1] ?? 0) * (b[j + 1] ?? 0);
    third += (a[i + 2] ?? 0) * (b[j + 2] ?? 0);
    fourth += (a[i + 3] ?? 0) * (b[j + 3] ?? 0);
  }
  for (; k < length; k++) first += (a[aStart + k] ?? 0) * (b[bStart + k] ?? 0);
  return first + second + third + fourth;
}

/** Parts of the variance that are added to the diagonal, one after the other, until it is positive definite. */
const mending = [0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1] as const;

/**
 * As `factorise`, of a covariance that rounding may have spoilt: points that hardly differ are then taken for noisier than they are.
 * @param variance of the function, > 0.
 * @throws Error where it is no covariance at all.
 */
export function factoriseSafely(covariance: Float64Array, n: number, variance: number): Factor {
  for (const part of mending) {
    const mended = Float64Array.from(covariance);
    for (let i = 0; i < n; i++) mended[i * n + i] = (mended[i * n + i] ?? 0) + part * variance;
    const factor = factorise(mended, n);
    if (factor) return factor;
  }
  throw new Error('model: expected a covariance, got a matrix that no noise makes positive definite');
}
