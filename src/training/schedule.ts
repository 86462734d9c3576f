import { unreachable } from '../errors.js';
import { type RungStep, rungParts } from '../scheduler/cost.js';
import type { Recipe } from './recipe.js';

/** How the learning rate moves over one annealed run, as a factor of its peak. */
export interface Schedule {
  readonly shape: Recipe['schedule.shape'];
  /** Part of the run, in [0, 1), that warms up linearly from a tenth of the peak. */
  readonly warmup: number;
  /** Part of the run after the warm-up, in [0, 1), that holds the peak. */
  readonly hold: number;
}

/** A stretch of training with one rule for the learning rate. */
export interface Segment {
  readonly name: 'trunk' | 'cooldown' | 'whole';
  /** Length in the rung's resource unit. */
  readonly length: number;
  /** The learning rate as a factor of its peak, at the passed part of this segment in [0, 1]. */
  readonly factor: (fraction: number) => number;
  /** Part of the rung's whole schedule, from fresh weights to the end of its annealing, that has passed at that part of this segment. */
  readonly passed: (fraction: number) => number;
}

function fall(shape: Schedule['shape'], fraction: number): number {
  switch (shape) {
    case 'linear':
      return 1 - fraction;
    case 'cosine':
      return (1 + Math.cos(Math.PI * fraction)) / 2;
    case 'one-minus-sqrt':
      return 1 - Math.sqrt(fraction);
    case 'rex':
      return (1 - fraction) / (1 / 2 + (1 - fraction) / 2);
    default:
      return unreachable(shape);
  }
}

/** A warm-up begins here, not at 0: a step takes the rate of its beginning, and the first one shall not be in vain. */
const warmUpFrom = 0.1;

const warmUpFactor = (passed: number): number => warmUpFrom + (1 - warmUpFrom) * passed;

/** A part that has passed, freed of rounding errors. @throws RangeError when it is no number in [0, 1]. */
function passedPart(fraction: number): number {
  if (!(fraction >= -1e-9 && fraction <= 1 + 1e-9)) {
    throw new RangeError(`learning rate: expected a passed part in [0, 1], got ${fraction}`);
  }
  return Math.min(1, Math.max(0, fraction));
}

/**
 * Learning rate as a factor of its peak, in [0, 1]: warm-up from a tenth, hold, then the shape, which reaches exactly 0 at `fraction` 1.
 * Linear: Li, Yumer and Ramanan 2020 (budgeted training); one-minus-sqrt: Hägele et al. 2024; rex: Chen, Wolfe and Kyrillidis 2022.
 * @param fraction passed part of the run, in [0, 1].
 * @throws RangeError when it is outside.
 */
export function learningRateFactor({ shape, warmup, hold }: Schedule, fraction: number): number {
  const passed = passedPart(fraction);
  if (passed < warmup) return warmUpFactor(passed / warmup);
  const fallsFrom = warmup + hold * (1 - warmup);
  if (passed <= fallsFrom && passed < 1) return 1;
  return fall(shape, (passed - fallsFrom) / (1 - fallsFrom));
}

/**
 * What one rung trains, in order. `restart`: one whole schedule. `trunk`: the constant rate up to (1 − cooldown)·to, then a cooldown of
 * cooldown·to that starts at the peak. Whoever starts from fresh weights warms up: the trunk of the first rung, or of a later one that begins anew,
 * over `warmup` of that rung's resource (no longer than the trunk itself), a cooldown only where no trunk came before it.
 * @param reached resource at which the trunk checkpoint stands, 0 without one; a trunk that was interrupted goes on from there.
 */
export function rungSegments(
  step: RungStep,
  recipe: Pick<Recipe, 'schedule.shape' | 'schedule.warmup'>,
  reached: number,
): readonly Segment[] {
  const shape = recipe['schedule.shape'];
  const warmup = recipe['schedule.warmup'];
  const { annealed } = rungParts(step);
  const annealing = (warm: number) => (fraction: number) =>
    learningRateFactor({ shape, warmup: warm, hold: 0 }, fraction);
  const passedFrom = (begin: number, length: number) => (fraction: number) =>
    Math.min(1, (begin + fraction * length) / step.to);
  if (step.anneal === 'restart')
    return [{ name: 'whole', length: annealed, factor: annealing(warmup), passed: passedFrom(0, annealed) }];
  const branchesAt = (1 - step.cooldown) * step.to;
  const length = branchesAt - reached;
  // A trunk that stands before the end of the rung below's has lost that: it began with fresh weights in this rung.
  const isFresh = step.from === 0 || reached < (1 - step.cooldown) * step.from * (1 - 1e-9);
  const warmupEnd = isFresh ? Math.min(warmup * step.to, branchesAt) : 0;
  const trunk: Segment = {
    name: 'trunk',
    length,
    factor: (fraction) => {
      const position = reached + passedPart(fraction) * length;
      return position < warmupEnd ? warmUpFactor(position / warmupEnd) : 1;
    },
    passed: passedFrom(reached, length),
  };
  const cooldown: Segment = {
    name: 'cooldown',
    length: annealed,
    factor: annealing(branchesAt > 0 ? 0 : warmup),
    passed: passedFrom(branchesAt, annealed),
  };
  return length > 1e-9 * step.to ? [trunk, cooldown] : [cooldown];
}

/**
 * The learning rate in use at the peak: the recipe's times batchSize / 256 with `nesterov` (Goyal et al. 2017), times the root of that where
 * the size of an update does not depend on the gradient's, `adamw` and `muon` (Malladi et al. 2022).
 */
export function peakLearningRate(
  recipe: Pick<Recipe, 'optimizer.kind' | 'optimizer.learningRate' | 'optimizer.batchSize'>,
): number {
  const batches = recipe['optimizer.batchSize'] / 256;
  return recipe['optimizer.learningRate'] * (recipe['optimizer.kind'] === 'nesterov' ? batches : Math.sqrt(batches));
}

/**
 * How far the averaged weights move to the current ones after step `step` (from 0) of `batchSize` images. The decay is given per step of 128
 * images; it starts low, min(decay, (1 + t) / (10 + t)), so that the fresh weights are soon forgotten.
 */
export function averageRate(decay: number, batchSize: number, step: number): number {
  return 1 - Math.min(decay ** (batchSize / 128), (1 + step) / (10 + step));
}
