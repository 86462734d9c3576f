import { dot, factoriseSafely } from './factor.js';
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
  private readonly precisions: Float64Array;
  private readonly variance: number;
  private readonly mean: number;
  private readonly weights: Float64Array;
  private readonly inverse: Float64Array;
  private readonly inverseTriangle: Float64Array;

  constructor(
    private readonly points: readonly Point[],
    private readonly values: readonly number[],
    private readonly isChoice: readonly boolean[],
    hyperparameters: Hyperparameters,
    prior: Prior,
  ) {
    const { lengthScales, amplitude, noise } = hyperparameters;
    this.precisions = Float64Array.from(lengthScales, (scale) => scale ** -2);
    this.variance = amplitude ** 2;
    const n = points.length;
    const covariance = new Float64Array(n * n);
    for (const [i, point] of points.entries()) {
      this.covariances(point, covariance, i * n, i);
      covariance[i * n + i] = this.variance * (1 + jitter) + noise ** 2;
    }
    const factor = factoriseSafely(covariance, n, this.variance);
    this.inverse = factor.inverse;
    this.inverseTriangle = factor.inverseTriangle;
    const centred = centre(this.inverse, values, prior.mean);
    this.mean = centred.mean;
    this.weights = centred.weights;
  }

  predict(points: readonly Point[]): readonly Prediction[] {
    const n = this.points.length;
    const cross = new Float64Array(n);
    return points.map((point) => {
      this.covariances(point, cross, 0, n);
      let explained = 0;
      for (let i = 0; i < n; i++) explained += dot(this.inverseTriangle, i * n, cross, 0, i + 1) ** 2;
      return {
        mean: this.mean + dot(this.weights, 0, cross, 0, n),
        variance: Math.max(1e-10 * this.variance, this.variance - explained),
      };
    });
  }

  /** What the other points say of each: its mean where it were left out (Rasmussen & Williams, 5.4.2). */
  leftOut(): readonly number[] {
    const n = this.values.length;
    return this.values.map((value, i) => value - (this.weights[i] ?? 0) / (this.inverse[i * n + i] ?? 1));
  }

  /** Covariances with the first `count` points. */
  private covariances(point: Point, into: Float64Array, start: number, count: number): void {
    const { points, precisions, isChoice, variance } = this;
    for (let index = 0; index < count; index++) {
      const other = points[index] ?? point;
      let distance = 0;
      for (let dimension = 0; dimension < precisions.length; dimension++) {
        const [a, b] = [point[dimension] ?? Number.NaN, other[dimension] ?? Number.NaN];
        distance += (precisions[dimension] ?? 0) * squaredDifference(a, b, isChoice[dimension] ?? false);
      }
      into[start + index] = variance * matern(distance);
    }
  }
}
