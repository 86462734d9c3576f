import type { NetworkPlan, TrainingStep } from '../network/describe.js';

/** Anything that takes memory for each image of a run. */
interface Hungry {
  readonly activationBytesPerImage: number;
}

/**
 * Chooses how to compute a step in limited memory. Batch statistics want as many images in a run as can be, so the batch stays whole where any
 * way allows it, and is cut into micro-batches only otherwise.
 * @param ways in the order of their work.
 * @param images of a whole batch.
 * @returns the first way in which the batch fits, else the first of those that hold most images, of which none may hold one: then that which
 * takes least; and how many images a run may hold, at least 1.
 * @throws Error where there is no way.
 */
export function fitBatch<T extends Hungry>(
  ways: Iterable<T>,
  images: number,
  limitBytes: number,
): { readonly way: T; readonly maxImages: number } {
  let best: { readonly way: T; readonly held: number } | null = null;
  for (const way of ways) {
    const held = Math.floor(limitBytes / way.activationBytesPerImage);
    const takesLess = best !== null && way.activationBytesPerImage < best.way.activationBytesPerImage;
    if (best === null || held > best.held || (held === 0 && takesLess)) best = { way, held };
    if (held >= images) break;
  }
  if (best === null) throw new Error('no way to compute a step');
  return { way: best.way, maxImages: Math.max(1, best.held) };
}

/** A way to compute the steps of a run, and how many images one run of a program may hold. */
export interface FittedStep {
  readonly way: TrainingStep;
  readonly maxImages: number;
}

/**
 * Fits a network's training step into memory; says so where the whole batch does not fit as it is.
 * @param images that one session sees of a batch.
 * @param limitBytes what the activations of one run of a program may take.
 */
export function fitStep(plan: Pick<NetworkPlan, 'steps'>, images: number, limitBytes: number): FittedStep {
  const fitted = fitBatch(plan.steps(), images, limitBytes);
  const { way, maxImages } = fitted;
  if (way.recomputes || maxImages < images) {
    const how = way.recomputes ? 'activations are computed again in the backward pass' : 'nothing is computed again';
    const limit = Math.round(limitBytes / 2 ** 20);
    console.error(`memory: a step of ${images} images in ${limit} MiB: ${how}, at most ${maxImages} images a run`);
  }
  return fitted;
}

/**
 * The same step in less memory: another one may have been found in which a run holds less, and its runs hold at most that part of the images.
 * @param usual how the step is computed where nothing has gone wrong.
 * @param images that one session sees of a batch.
 * @param share in (0, 1].
 * @param fitInto fits the step into so many bytes.
 */
export function takeShare(
  usual: FittedStep,
  images: number,
  share: number,
  fitInto: (limitBytes: number) => FittedStep,
): FittedStep {
  if (share === 1) return usual;
  const held = Math.min(images, usual.maxImages);
  const less = fitInto(share * held * usual.way.activationBytesPerImage);
  return { way: less.way, maxImages: Math.max(1, Math.min(less.maxImages, Math.floor(share * held))) };
}
