import { dot, factorise } from './factor.js';
import { matern, maternSlope } from './kernel.js';
import { type Point, squaredDifference } from './point.js';

/** What is believed of a positive number before there are data: its logarithm is normal. */
export interface Belief {
  readonly logMean: number;
  readonly logSpread: number;
}

/** A value that was measured at a point. */
export interface Measured {
  readonly point: Point;
  readonly value: number;
  /** Of its measurement, as far as that is known. */
  readonly variance: number;
}

/** What is believed of a Gaussian process, in the unit of its values. */
export interface Prior {
  /** Of each coordinate, on the unit interval. */
  readonly lengthScale: Belief;
  /** Standard deviation of the function. */
  readonly amplitude: Belief;
  /** Standard deviation of what neither the points nor the known variance of the measurements explain. */
  readonly noise: Belief;
  /** Of the constant mean. */
  readonly mean: { readonly value: number; readonly deviation: number };
}

export interface Hyperparameters {
  readonly lengthScales: readonly number[];
  readonly amplitude: number;
  readonly noise: number;
}

/** Steps of the search for them. */
const iterations = 30;

/**
 * The hyperparameters of the highest posterior density (marginal likelihood with the mean integrated out, times the prior), found by 30 steps of
 * Rprop (Riedmiller & Braun 1993) from the prior's centre. Costs O(n³) a step: up to a hundred points.
 */
export function fitHyperparameters(
  data: readonly Measured[],
  isChoice: readonly boolean[],
  prior: Prior,
): Hyperparameters {
  const objective = new Objective(data, isChoice, prior);
  const size = isChoice.length + 2;
  let logs = startOf(prior, isChoice.length);
  let best = { loss: Number.POSITIVE_INFINITY, logs };
  const steps = new Float64Array(size).fill(0.2);
  let previous: Float64Array = new Float64Array(size);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const found = objective.at(logs);
    if (found === null) {
      // Too far: back to where it worked, with smaller steps.
      for (let index = 0; index < size; index++) steps[index] = at(steps, index) * 0.3;
      logs = Float64Array.from(best.logs);
      previous = new Float64Array(size);
      continue;
    }
    if (found.loss < best.loss) best = { loss: found.loss, logs };
    const next = Float64Array.from(logs);
    for (let index = 0; index < size; index++) {
      const slope = at(found.gradient, index);
      const agreement = slope * at(previous, index);
      if (agreement > 0) steps[index] = Math.min(1, at(steps, index) * 1.3);
      else if (agreement < 0) steps[index] = at(steps, index) * 0.4;
      next[index] = at(logs, index) - Math.sign(slope) * at(steps, index);
      previous[index] = agreement < 0 ? 0 : slope;
    }
    logs = next;
  }
  return fromLogs(best.logs);
}

function at(array: Float64Array, index: number): number {
  return array[index] ?? 0;
}

function startOf(prior: Prior, dimensions: number): Float64Array {
  return Float64Array.from({ length: dimensions + 2 }, (_, index) => beliefAt(prior, dimensions, index).logMean);
}

function beliefAt(prior: Prior, dimensions: number, index: number): Belief {
  return index < dimensions ? prior.lengthScale : index === dimensions ? prior.amplitude : prior.noise;
}

function fromLogs(logs: Float64Array): Hyperparameters {
  const dimensions = logs.length - 2;
  return {
    lengthScales: [...logs.subarray(0, dimensions)].map(Math.exp),
    amplitude: Math.exp(at(logs, dimensions)),
    noise: Math.exp(at(logs, dimensions + 1)),
  };
}

/** Part of the amplitude's variance that is added to the diagonal so that it can be factorised. */
export const jitter = 1e-6;

/**
 * Minus the logarithm of the posterior density, up to a constant, and its gradient in the logarithms. A constant mean that is not known is a covariance
 * that all points share.
 */
export class Objective {
  /** By coordinate, by pair i > j. */
  private readonly differences: readonly Float64Array[];
  /** Values beyond the mean that is believed. */
  private readonly centred: Float64Array;

  constructor(
    private readonly data: readonly Measured[],
    isChoice: readonly boolean[],
    private readonly prior: Prior,
  ) {
    this.centred = Float64Array.from(data, ({ value }) => value - prior.mean.value);
    this.differences = isChoice.map((choice, dimension) => {
      const pairs = new Float64Array((data.length * (data.length - 1)) / 2);
      let pair = 0;
      for (const [i, { point: a }] of data.entries()) {
        for (const { point: b } of data.slice(0, i))
          pairs[pair++] = squaredDifference(a[dimension] ?? Number.NaN, b[dimension] ?? Number.NaN, choice);
      }
      return pairs;
    });
  }

  /** Null where the covariance cannot be factorised. */
  at(logs: Float64Array): { readonly loss: number; readonly gradient: Float64Array } | null {
    const { data, differences, prior, centred } = this;
    const n = centred.length;
    const dimensions = differences.length;
    const shared = prior.mean.deviation ** 2;
    const precisions = differences.map((_, dimension) => Math.exp(-2 * at(logs, dimension)));
    const variance = Math.exp(2 * at(logs, dimensions));
    const noise = Math.exp(2 * at(logs, dimensions + 1));
    const distances = new Float64Array((n * (n - 1)) / 2);
    for (const [dimension, pairs] of differences.entries()) {
      const precision = precisions[dimension] ?? 0;
      for (let pair = 0; pair < pairs.length; pair++)
        distances[pair] = at(distances, pair) + precision * at(pairs, pair);
    }
    const covariance = new Float64Array(n * n);
    let pair = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) covariance[i * n + j] = shared + variance * matern(at(distances, pair++));
      covariance[i * n + i] = shared + variance * (1 + jitter) + noise + (data[i]?.variance ?? 0);
    }
    const factor = factorise(covariance, n);
    if (!factor) return null;
    const { inverse, halfLogarithm } = factor;
    const weights = times(inverse, centred);
    let loss = halfLogarithm + 0.5 * dot(weights, 0, centred, 0, n);
    const gradient = new Float64Array(dimensions + 2);
    pair = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const pull = at(inverse, i * n + j) - at(weights, i) * at(weights, j);
        const slope = pull * variance * maternSlope(at(distances, pair));
        for (let dimension = 0; dimension < dimensions; dimension++) {
          const difference = differences[dimension]?.[pair] ?? 0;
          if (difference !== 0)
            gradient[dimension] = at(gradient, dimension) + slope * difference * (precisions[dimension] ?? 0);
        }
        gradient[dimensions] = at(gradient, dimensions) + 2 * pull * (at(covariance, i * n + j) - shared);
        pair++;
      }
      const pull = at(inverse, i * n + i) - at(weights, i) ** 2;
      gradient[dimensions] = at(gradient, dimensions) + pull * variance * (1 + jitter);
      gradient[dimensions + 1] = at(gradient, dimensions + 1) + pull * noise;
    }
    for (let index = 0; index < dimensions + 2; index++) {
      const { logMean, logSpread } = beliefAt(prior, dimensions, index);
      const off = (at(logs, index) - logMean) / logSpread;
      loss += 0.5 * off ** 2;
      gradient[index] = at(gradient, index) + off / logSpread;
    }
    return { loss, gradient };
  }
}

/** A square matrix, row by row, times a vector. */
export function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return vector.map((_, i) => dot(matrix, i * n, vector, 0, n));
}
