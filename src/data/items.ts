import { classSubset, PassSubsets, stratifiedOrder, subsetIndices } from './subset.js';
import type { PackedDataset, SplitName } from './types.js';

/** In the order of the codes in `TrainingItems.splits`. */
export const splitNames: readonly SplitName[] = ['train', 'validation', 'test'];

/** The images of a stream of training batches, by item: plain data, so that it can be handed to another thread. */
export interface TrainingItems {
  /** Place of the split in `splitNames`. */
  readonly splits: Uint8Array;
  /** Within the split. */
  readonly indices: Int32Array;
  readonly labels: Int32Array;
  /** Part of each class's images that a pass shows, another one each time; 1 for all. */
  readonly passFraction: number;
}

/** Subsets are the same for all trials of a study, so that these are compared on the same images. */
const subsetSeed = 'subset';

/** The images of a split that are of a part of the classes; a smaller part lies within every larger one. */
function isOfClasses(pack: PackedDataset, fraction: number): (label: number) => boolean {
  const some = classSubset(pack.classes.length, fraction, subsetSeed);
  return (label) => some.has(label);
}

/** A stratified part of a split, as indices into it; nested for growing fractions. @param classes part of the classes whose images count. */
export function splitSubset(pack: PackedDataset, split: SplitName, fraction: number, classes = 1): Int32Array {
  const { labels } = pack.splits[split];
  const all = subsetIndices(labels, fraction, subsetSeed);
  if (classes === 1) return all;
  const isWanted = isOfClasses(pack, classes);
  return all.filter((index) => isWanted(labels[index] ?? -1));
}

/** The images of a split, of a part of the classes, in an order whose every beginning is stratified: what judging takes as many of as it has time for. */
export function judgingOrder(pack: PackedDataset, split: SplitName, classes = 1): Int32Array {
  const images = splitSubset(pack, split, 1, classes);
  const { labels } = pack.splits[split];
  return stratifiedOrder(
    images.map((index) => labels[index] ?? -1),
    subsetSeed,
  ).map((place) => images[place] ?? 0);
}

/** Which images a training sees. */
export interface ItemChoice {
  /** Part of each class's training images, in (0, 1]. */
  readonly subset: number;
  /** Whether each pass sees another part of them. */
  readonly resample: boolean;
  /** Part of the classes, in (0, 1]. */
  readonly classes: number;
  readonly useValidation: boolean;
}

/** The images that a training sees, in the order that batch positions refer to. */
export function trainingItems(
  pack: PackedDataset,
  { subset, resample, classes, useValidation }: ItemChoice,
): TrainingItems {
  const train = splitSubset(pack, 'train', resample ? 1 : subset, classes);
  const validation = useValidation ? splitSubset(pack, 'validation', 1, classes) : new Int32Array();
  const splits = new Uint8Array(train.length + validation.length);
  splits.fill(splitNames.indexOf('validation'), train.length);
  const indices = Int32Array.from(splits, (_, item) => train[item] ?? validation[item - train.length] ?? 0);
  const labelOf = (index: number, item: number): number =>
    pack.splits[item < train.length ? 'train' : 'validation'].labels[index] ?? -1;
  return { splits, indices, labels: indices.map(labelOf), passFraction: resample ? subset : 1 };
}

/** Images of one pass. */
export function imagesPerPass({ labels, passFraction }: TrainingItems): number {
  return passFraction < 1 ? new PassSubsets(labels, passFraction, '').size : labels.length;
}
