import { formatDuration } from '../budget/duration.js';
import { imageCount } from '../data/dataset.js';
import { estimatePacking } from '../data/pack/estimate.js';
import { imagesToDecode } from '../data/pack/pack.js';
import { partOfTraining } from '../data/subset.js';
import type { Dataset } from '../data/types.js';
import type { Clock } from '../executor/executor.js';
import type { StudyLog } from './log.js';

/** Part of the budget that packing may take: what it takes beyond that is worth more as training on a part of the images. */
const mostPackingShare = 0.2;

/** However little time there is, a smaller part of the training images is not worth training on. */
const leastPart = 0.05;

/** So many are packed before a sample of them has been looked at. */
const fewImages = 1000;

export interface FitData {
  readonly log: StudyLog;
  readonly clock: Clock;
  readonly dataset: Dataset;
  /** Folders in which images may be packed already. */
  readonly packPlaces: readonly string[];
  readonly threads: number;
  readonly signal: AbortSignal;
}

/**
 * The data set, or where packing all of it would take more than a fifth of the budget, with the same part of each class's training images as there is
 * time for; validation and test images are always packed in full. What was decided for a study holds when it is resumed.
 *
 * @param sides in pixels that are to be packed
 * @throws InputError where nobody can tell whether an image can be read
 */
export async function fitData(
  { log, clock, dataset, packPlaces, threads, signal }: FitData,
  sides: readonly number[],
): Promise<Dataset> {
  const { created, fitted, data } = log.state;
  if (fitted !== null) return partOfTraining(dataset, fitted.part);
  if (!created || data !== null || imageCount(dataset) <= fewImages) return dataset;
  const { budgetSeconds } = created;
  const secondsEach = (await estimatePacking(dataset, sides)).coreSeconds / threads / imageCount(dataset);
  // It takes too long only where there is as much to do.
  const isLong = partToPack(dataset, secondsEach, budgetSeconds) < 1;
  const toDo = isLong ? (await imagesToDecode(dataset, sides, packPlaces, signal)) / imageCount(dataset) : 1;
  const part = partToPack(dataset, toDo * secondsEach, budgetSeconds);
  const at = clock.nowSeconds();
  // All of it, too: what is packed by then would be lost to a study that is resumed and estimates otherwise.
  log.record({ type: 'data-fitted', at, part });
  const rest = partOfTraining(dataset, part);
  if (part < 1) log.record({ type: 'told', at, message: reductionOf(dataset, rest, toDo * secondsEach) });
  return rest;
}

/**
 * The part of the training images, in hundredths, that can be packed beside all others within a fifth of the budget, but at least 0.05; of few images all.
 *
 * @param secondsEach of packing an image, on average
 */
export function partToPack(dataset: Dataset, secondsEach: number, budgetSeconds: number): number {
  if (imageCount(dataset) <= fewImages) return 1;
  const affordable = (mostPackingShare * budgetSeconds) / secondsEach;
  const others = imageCount(dataset) - dataset.train.length;
  const part = Math.floor((100 * (affordable - others)) / dataset.train.length) / 100;
  return Math.min(1, Math.max(leastPart, part));
}

/** So many images are packed however little time there is. */
export function fewestImages(dataset: Dataset): number {
  const all = imageCount(dataset);
  return all <= fewImages ? all : all - Math.floor((1 - leastPart) * dataset.train.length);
}

/** In a sentence for people. */
export function reductionOf(dataset: Dataset, fitted: Dataset, secondsEach: number): string {
  const [all, less] = [dataset, fitted].map((one) => formatDuration(imageCount(one) * secondsEach));
  return `packing all ${imageCount(dataset)} images would take ${all}: of the ${dataset.train.length} training images ${fitted.train.length} are used, the same part of each class (${less})`;
}
