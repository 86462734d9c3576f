import { Matrix } from 'ml-matrix';
import { factoriseSafely } from './factor.js';
import { centre, type Hyperparameters, jitter, type Prior } from './hyperparameters.js';
import { matern } from './kernel.js';
import { type Point, squaredDifference } from './point.js';

export interface Prediction {
  readonly mean: number;
  /** Of the function, its noise left out; > 0. */
  readonly variance: number;
}

/**
 * A Gaussian process over points with numbers, choices and inactive coordinates: Matérn 5/2 with a length scale a coordinate and a constant mean
 * (Rasmussen & Williams 2006, chapters 2 and 4).
 */
export class GaussianProcess {
  private readonly precisions: readonly number[];
  private readonly variance: number;
  private readonly mean: number;
  private readonly weights: Float64Array;
  private readonly inverse: Matrix | null;

  constructor(
    private readonly points: readonly Point[],
    private readonly values: readonly number[],
    private readonly isChoice: readonly boolean[],
    hyperparameters: Hyperparameters,
    prior: Prior,
  ) {
    const { lengthScales, amplitude, noise } = hyperparameters;
    this.precisions = lengthScales.map((scale) => scale ** -2);
    this.variance = amplitude ** 2;
    const n = points.length;
    if (n === 0) {
      this.mean = prior.mean.value;
      this.weights = new Float64Array();
      this.inverse = null;
      return;
    }
    const covariance = Matrix.zeros(n, n);
    for (const [i, a] of points.entries()) {
      for (const [j, b] of points.slice(0, i).entries()) {
        const value = this.covariance(a, b);
        covariance.set(i, j, value);
        covariance.set(j, i, value);
      }
      covariance.set(i, i, this.variance * (1 + jitter) + noise ** 2);
    }
    this.inverse = factoriseSafely(covariance, this.variance).inverse;
    const centred = centre(this.inverse, values, prior.mean);
    this.mean = centred.mean;
    this.weights = centred.weights;
  }

  predict(points: readonly Point[]): readonly Prediction[] {
    const { inverse } = this;
    if (inverse === null) return points.map(() => ({ mean: this.mean, variance: this.variance }));
    const cross = Matrix.zeros(this.points.length, points.length);
    for (const [column, point] of points.entries()) {
      for (const [row, known] of this.points.entries()) cross.set(row, column, this.covariance(known, point));
    }
    const solved = inverse.mmul(cross);
    return points.map((_, column) => {
      let mean = this.mean;
      let explained = 0;
      for (const [row, weight] of this.weights.entries()) {
        const value = cross.get(row, column);
        mean += value * weight;
        explained += value * solved.get(row, column);
      }
      return { mean, variance: Math.max(1e-10 * this.variance, this.variance - explained) };
    });
  }

  /** What the other points say of each: its mean where it were left out (Rasmussen & Williams, 5.4.2). */
  leftOut(): readonly number[] {
    const { inverse } = this;
    if (inverse === null) return [];
    return this.values.map((value, i) => value - (this.weights[i] ?? 0) / inverse.get(i, i));
  }

  private covariance(a: Point, b: Point): number {
    let distance = 0;
    for (const [index, precision] of this.precisions.entries()) {
      distance +=
        precision * squaredDifference(a[index] ?? Number.NaN, b[index] ?? Number.NaN, this.isChoice[index] ?? false);
    }
    return this.variance * matern(distance);
  }
}
