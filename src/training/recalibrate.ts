import type { TrainingPosition } from './checkpoint.js';
import type { Recipe } from './recipe.js';
import type { Trainer } from './replicas.js';

/** Statistics of more images are no better: measured, those of 256 are as good as those of 1024, and those of 64 nearly. */
export const mostRecalibrationImages = 512;

/** Of fewer, averages on the way are taken. */
const fewestImages = 64;

/** Images as a part of those that were trained on: a forward pass costs a third of a training step. */
const trainedShare = 0.03;

const chunkImages = 64;

/**
 * How many training images the batch-norm statistics of the averaged weights are computed from after a training: so many that this takes about a
 * hundredth of the training's time, at most 512; 0 where that is too few to be worth it.
 * @param trained images that were trained on.
 * @param available training images.
 */
export function recalibrationImages(trained: number, available: number): number {
  const most = Math.min(mostRecalibrationImages, available);
  const images = Math.min(most, Math.floor(trainedShare * trained));
  return images < Math.min(most, fewestImages) ? 0 : images;
}

export interface RecalibrationOptions {
  readonly recipe: Pick<Recipe, 'average.statistics'>;
  readonly trainer: Pick<Trainer, 'recalibrate'>;
  /** Where the training ended. */
  readonly position: Pick<TrainingPosition, 'images'>;
  /** The training images, as indices into their split. */
  readonly images: Int32Array;
  /** Side in pixels at which images are judged and predicted. */
  readonly side: number;
  /** Before every chunk, which takes a time that is not known. */
  readonly beforeChunk: (expectedSeconds: null) => void;
}

/**
 * Computes the batch-norm statistics of the averaged weights anew, as means over training images, taken evenly from all of them and shown as test images
 * are: not augmented, at the side at which the network is judged (Izmailov et al. 2018, section 3.2). Does nothing where the recipe does not ask for it.
 */
export async function recalibrate(options: RecalibrationOptions): Promise<void> {
  const { recipe, trainer, position, images, side } = options;
  if (recipe['average.statistics'] === 'averaged') return;
  const count = recalibrationImages(position.images, images.length);
  const chunks = Math.ceil(count / chunkImages);
  let seen = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    // Neighbours may be of one class: every chunk holds images from everywhere.
    const length = Math.ceil((count - chunk) / chunks);
    const place = (index: number) => Math.floor(((chunk + index * chunks) * images.length) / count);
    const indices = Int32Array.from({ length }, (_, index) => images[place(index)] ?? 0);
    options.beforeChunk(null);
    await trainer.recalibrate({ split: 'train', indices, view: { side, mirrored: false, shift: 0 } }, seen);
    seen += length;
  }
}
