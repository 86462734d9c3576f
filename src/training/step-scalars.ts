import type { Recipe } from './recipe.js';
import { averageRate } from './schedule.js';

/**
 * What the host feeds to `apply`, as `TrainingPrograms` describes it; `gradientScale` follows from the number of images and the loss scale.
 */
export interface StepScalars {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly averageRate: number;
  /** Largest norm of the mean gradient; only for updates that clip. */
  readonly clip?: number;
  /** 1 in the part of the training over which averages are means of all steps, else 0; only where there is one. */
  readonly averageTail?: number;
  /** This and the following only for optimisers that sum squared gradients. */
  readonly beta2?: number;
  readonly firstMomentScale?: number;
  readonly secondMomentScale?: number;
}

/** Turns the sum Σ decayᵗ⁻ⁱ xᵢ of t values into their mean, weighted by the same powers. */
function meanScale(decay: number, values: number): number {
  return (1 - decay) / (1 - decay ** values);
}

/**
 * The numbers of one update. They depend on nothing but the arguments, so that a resumed run goes on as it would have.
 * @param step updates made since the first weights.
 * @param passed part of the training's schedule, in [0, 1].
 */
export function stepScalars(recipe: Recipe, learningRate: number, step: number, passed: number): StepScalars {
  const momentum = recipe['optimizer.momentum'];
  const beta2 = recipe['optimizer.beta2'];
  const plain = {
    learningRate,
    momentum,
    weightDecay: recipe['optimizer.weightDecay'],
    averageRate: averageRate(recipe['average.decay'], recipe['optimizer.batchSize'], step),
  };
  const clip = recipe['optimizer.clip'];
  const tail = recipe['average.tail'];
  const all = {
    ...plain,
    ...(clip > 0 ? { clip } : {}),
    ...(tail > 0 ? { averageTail: passed >= 1 - tail ? 1 : 0 } : {}),
  };
  if (recipe['optimizer.kind'] === 'nesterov') return all;
  const moments = { firstMomentScale: meanScale(momentum, step + 1), secondMomentScale: meanScale(beta2, step + 1) };
  return { ...all, beta2, ...moments };
}
