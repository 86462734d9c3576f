import type { Recipe } from './recipe.js';
import type { Trainer } from './replicas.js';
import { peakLearningRate } from './schedule.js';
import { stepScalars } from './step-scalars.js';
import { yieldToEvents } from './yield-to-events.js';

/** The training loss or the gradients are no longer finite numbers. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}

/** What a stretch of training has used so far. */
export interface Used {
  /** Seconds on the loop's clock, without those of a warm-up step and without what `afterStep` took. */
  readonly seconds: number;
  readonly images: number;
}

export interface LoopProgress {
  readonly fraction: number;
  /** Steps and images of this stretch. */
  readonly steps: number;
  readonly images: number;
  /** Mean training loss an image since the last progress. */
  readonly loss: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
}

/** Who is told about a stretch of training and may end it. */
export interface LoopObserver {
  /** Before every step: how long it may take, as far as known from the steps before. */
  beforeStep?(expectedSeconds: number | null): void;
  /** After every step, with its mean training loss an image; the loop waits, and charges nothing for it. */
  afterStep?(state: {
    readonly used: Used;
    readonly fraction: number;
    readonly step: number;
    readonly loss: number;
  }): void | Promise<void>;
  /** At most once a second, and after the last step. */
  progress?(progress: LoopProgress): void;
  /** Asked before every step. */
  stopRequested?(): boolean;
}

export interface LoopOptions {
  readonly trainer: Pick<Trainer, 'step'>;
  readonly recipe: Recipe;
  /** Optimiser steps made before this stretch. */
  readonly step: number;
  /** Passed part of the stretch; it ends at 1. Driven by time or by images, as the caller likes. */
  readonly fraction: (used: Used) => number;
  /** Learning rate as a factor of the recipe's peak, at the passed part. */
  readonly factor: (fraction: number) => number;
  /** Passed part of the whole schedule, which this stretch may be a part of, at the passed part of the stretch; default: the same. */
  readonly passed?: (fraction: number) => number;
  /** Side in pixels of the images, at the passed part of the whole schedule; default: the full one. */
  readonly side?: (fraction: number) => number;
  /** Whether the seconds of the first step are not charged: it compiles and allocates. It trains all the same. */
  readonly warmUpStep: boolean;
  /** Monotonic clock in seconds. */
  readonly now: () => number;
  readonly observer: LoopObserver;
}

export interface LoopResult {
  readonly ended: 'completed' | 'stopped';
  readonly used: Used;
  /** Wall-clock seconds, a warm-up step included, what `afterStep` took not. */
  readonly trainSeconds: number;
  /** The part of them that was spent waiting for batches. */
  readonly dataSeconds: number;
  /** Updates that were made. */
  readonly steps: number;
}

/** Steps in a row without an update after which scaling the loss down further is not expected to help. */
const mostSkips = 20;

/**
 * Trains until the passed part reaches 1 or a stop is asked for; between two steps the event loop runs. The allowance is exceeded by less
 * than one step.
 * @throws DivergedError when the loss of a step is not finite, or its gradients although the loss is not scaled up, or those of 20 steps in a row
 * however it is scaled; the weights are those of the last update.
 */
export async function train(options: LoopOptions): Promise<LoopResult> {
  const { trainer, recipe, now, observer } = options;
  const startedAt = now();
  const peak = peakLearningRate(recipe);
  let free = 0;
  let lastStep: number | null = null;
  let [attempts, skips, steps, images, dataSeconds, asideSeconds] = [0, 0, 0, 0, 0, 0];
  let since = { at: startedAt, images: 0, lossSum: 0 };
  let learningRate = 0;
  const trainSeconds = (): number => now() - startedAt - asideSeconds;
  const used = (): Used => ({ seconds: Math.max(0, trainSeconds() - free), images });
  const tell = (): void => {
    const seen = images - since.images;
    const elapsed = now() - since.at;
    if (seen === 0) return;
    observer.progress?.({
      fraction: Math.min(1, Math.max(0, options.fraction(used()))),
      steps,
      images,
      loss: since.lossSum / seen,
      learningRate,
      imagesPerSecond: elapsed > 0 ? seen / elapsed : 0,
    });
    since = { at: now(), images, lossSum: 0 };
  };
  const end = (ended: LoopResult['ended']): LoopResult => {
    tell();
    return { ended, used: used(), trainSeconds: trainSeconds(), dataSeconds, steps };
  };

  for (;;) {
    await yieldToEvents();
    if (observer.stopRequested?.()) return end('stopped');
    const fraction = options.fraction(used());
    if (fraction >= 1) return end('completed');
    observer.beforeStep?.(lastStep);
    const stepStartedAt = now();
    learningRate = peak * options.factor(fraction);
    const passed = options.passed?.(fraction) ?? fraction;
    const scalars = stepScalars(recipe, learningRate, options.step + steps, passed);
    const sum = await trainer.step(scalars, options.side?.(passed));
    lastStep = now() - stepStartedAt;
    if (!Number.isFinite(sum.lossSum))
      throw new DivergedError(`the loss of step ${options.step + steps} is not finite`);
    attempts++;
    skips = sum.applied ? 0 : skips + 1;
    if (skips > 0 && (sum.lossScale === 1 || skips >= mostSkips))
      throw new DivergedError(`the gradients of step ${options.step + steps} are not finite`);
    if (attempts === 1 && options.warmUpStep) free = lastStep;
    if (sum.applied) steps++;
    images += sum.images;
    dataSeconds += sum.dataSeconds;
    since.lossSum += sum.lossSum;
    const loss = sum.lossSum / sum.images;
    const state = { used: used(), fraction: options.fraction(used()), step: options.step + steps, loss };
    const steppedAt = now();
    await observer.afterStep?.(state);
    asideSeconds += now() - steppedAt;
    if (now() - since.at >= 1) tell();
  }
}
