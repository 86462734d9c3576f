import { dot, factoriseSafely } from './factor.js';
import { type Hyperparameters, jitter, type Measured, type Prior, times } from './hyperparameters.js';
import { matern } from './kernel.js';
import type { Point } from './point.js';

export interface Prediction {
  readonly mean: number;
  /** Of the function, its noise left out; > 0. */
  readonly variance: number;
}

/**
 * A Gaussian process over points with numbers, choices and inactive coordinates: Matérn 5/2 with a length scale a coordinate and a constant mean
 * that is integrated out (Rasmussen & Williams 2006, chapters 2 and 4, and 2.7).
 */
export class GaussianProcess {
  private readonly precisions: Float64Array;
  /** The coordinates of all points, dimension by dimension: what is compared then lies side by side. */
  private readonly columns: readonly Float64Array[];
  private readonly variance: number;
  /** Variance of what the points do not explain. */
  private readonly noise: number;
  /** The mean that was believed, and the variance that all points share because nobody knew it. */
  private readonly mean: number;
  private readonly shared: number;
  private readonly weights: Float64Array;
  private readonly inverse: Float64Array;
  private readonly inverseTriangle: Float64Array;
  /** Room for the covariances with one point. */
  private readonly cross: Float64Array;

  constructor(
    private readonly data: readonly Measured[],
    private readonly isChoice: readonly boolean[],
    hyperparameters: Hyperparameters,
    prior: Prior,
  ) {
    const { lengthScales, amplitude, noise } = hyperparameters;
    this.precisions = Float64Array.from(lengthScales, (scale) => scale ** -2);
    this.columns = isChoice.map((_, dimension) =>
      Float64Array.from(data, ({ point }) => point[dimension] ?? Number.NaN),
    );
    this.variance = amplitude ** 2;
    this.noise = noise ** 2;
    this.mean = prior.mean.value;
    this.shared = prior.mean.deviation ** 2;
    const n = data.length;
    const covariance = new Float64Array(n * n);
    for (const [i, { point, variance }] of data.entries()) {
      this.covariances(point, covariance, i * n, i);
      covariance[i * n + i] = this.shared + this.variance * (1 + jitter) + this.noise + variance;
    }
    const factor = factoriseSafely(covariance, n, this.variance);
    this.inverse = factor.inverse;
    this.inverseTriangle = factor.inverseTriangle;
    this.cross = new Float64Array(n);
    this.weights = times(
      this.inverse,
      Float64Array.from(data, ({ value }) => value - this.mean),
    );
  }

  predict(points: readonly Point[]): readonly Prediction[] {
    return points.map((point) => this.predictOne(point));
  }

  private predictOne(point: Point): Prediction {
    const n = this.data.length;
    this.covariances(point, this.cross, 0, n);
    let explained = 0;
    for (let i = 0; i < n; i++) explained += dot(this.inverseTriangle, i * n, this.cross, 0, i + 1) ** 2;
    return {
      mean: this.mean + dot(this.weights, 0, this.cross, 0, n),
      variance: Math.max(1e-10 * this.variance, this.shared + this.variance - explained),
    };
  }

  /**
   * What the other points say of each: its mean where it were left out (Rasmussen & Williams, 5.4.2), given the mean of all. One that each had a say in
   * would be low just for the high ones: where points tell nothing, that alone would correlate with −1.
   */
  leftOut(): readonly number[] {
    const n = this.data.length;
    const ones = times(this.inverse, new Float64Array(n).fill(1));
    const part = this.shared / (1 - this.shared * ones.reduce((sum, one) => sum + one, 0));
    // The diagonal of the inverse without what all points share (Sherman & Morrison).
    return this.data.map(({ value }, i) => {
      const precision = (this.inverse[i * n + i] ?? 1) + part * (ones[i] ?? 0) ** 2;
      return value - (this.weights[i] ?? 0) / precision;
    });
  }

  /** What would be predicted for a point had it not been measured: of its own array, not of equal ones. */
  predictUnseen(point: Point): Prediction {
    const n = this.data.length;
    const index = this.data.findIndex((one) => one.point === point);
    const measured = this.data[index];
    if (!measured) return this.predictOne(point);
    const variance = 1 / (this.inverse[index * n + index] ?? 1);
    return {
      mean: measured.value - (this.weights[index] ?? 0) * variance,
      variance: Math.max(1e-10 * this.variance, variance - this.noise - measured.variance),
    };
  }

  /** Covariances with the first `count` points; distances as by `squaredDifference`, what it asks of a dimension asked once. */
  private covariances(point: Point, into: Float64Array, start: number, count: number): void {
    const { columns, precisions, isChoice, variance, shared } = this;
    into.fill(0, start, start + count);
    for (let dimension = 0; dimension < columns.length; dimension++) {
      const [a, column] = [point[dimension] ?? Number.NaN, columns[dimension]];
      const precision = precisions[dimension] ?? 0;
      if (!column) continue;
      if (Number.isNaN(a)) addWhereActive(column, precision, into, start, count);
      else if (isChoice[dimension]) addWhereOther(column, a, precision, into, start, count);
      else addSquares(column, a, precision, into, start, count);
    }
    for (let index = start; index < start + count; index++) into[index] = shared + variance * matern(into[index] ?? 0);
  }
}

function addWhereActive(
  column: Float64Array,
  precision: number,
  into: Float64Array,
  start: number,
  count: number,
): void {
  for (let index = 0; index < count; index++) {
    if (!Number.isNaN(column[index])) into[start + index] = (into[start + index] ?? 0) + precision;
  }
}

/** NaN, an inactive coordinate, is no value either. */
function addWhereOther(
  column: Float64Array,
  value: number,
  precision: number,
  into: Float64Array,
  start: number,
  count: number,
): void {
  for (let index = 0; index < count; index++)
    into[start + index] = (into[start + index] ?? 0) + precision * Number(column[index] !== value);
}

function addSquares(
  column: Float64Array,
  value: number,
  precision: number,
  into: Float64Array,
  start: number,
  count: number,
): void {
  for (let index = 0; index < count; index++) {
    const other = column[index] ?? Number.NaN;
    const square = Number.isNaN(other) ? 1 : (value - other) ** 2;
    into[start + index] = (into[start + index] ?? 0) + precision * square;
  }
}
