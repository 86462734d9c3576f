import seedrandom from 'seedrandom';
import { type AugmentationSettings, Augmenter } from './augment.js';
import type { TrainingItems } from './items.js';
import { type MixingSettings, mixImages } from './mixing.js';
import { type HashStream, shuffle } from './random.js';
import { PassSubsets } from './subset.js';
import type { MixedLabels } from './targets.js';
import type { ImageReader } from './types.js';

/** Images of one batch one after the other, RGB bytes, with their labels. */
export interface ImageBatch {
  /** `count` · side² · 3 bytes. Overwritten by the next `next()`. */
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  /** Null where no image is mixed with another one. */
  readonly mixed: MixedLabels | null;
  readonly count: number;
}

/** Memory for a batch, or a part of one. */
export type BatchMemory = Omit<ImageBatch, 'count'>;

/** Where the stream of batches stands. A type alias, so that it counts as JSON. */
export type BatchPosition = {
  /** Whole passes done. */
  readonly epoch: number;
  /** Images of the current pass already given out. */
  readonly position: number;
};

/** A share of every batch, from index / of to (index + 1) / of of it, rounded down. */
export interface BatchPart {
  readonly index: number;
  readonly of: number;
}

/** What training batches are made of: plain data, so that it can be handed to another thread. */
export interface BatchSettings {
  readonly items: TrainingItems;
  /** Number of classes; every label is below it. */
  readonly classes: number;
  /** Images of a whole batch, all parts together. */
  readonly batchSize: number;
  readonly seed: string;
  readonly augmentation: AugmentationSettings;
  readonly mixing: MixingSettings;
}

/** Whether images are mixed with others. */
export function mixes({ mixing }: BatchSettings): boolean {
  return mixing.mixup > 0 || mixing.cutmix > 0;
}

/** First image of a part within the batch; of the part after the last, the size of the batch. */
export function beginOfPart({ index, of }: BatchPart, batchSize: number): number {
  return Math.floor((index * batchSize) / of);
}

/** Where a stream of batches over `count` images stands after so many more images. */
export function advance({ epoch, position }: BatchPosition, images: number, count: number): BatchPosition {
  const end = position + images;
  return { epoch: epoch + Math.floor(end / count), position: end % count };
}

/** @throws Error for a position that no stream over `count` images can have. */
export function checkPosition(at: BatchPosition, count: number): void {
  const { epoch, position } = at;
  const valid = Number.isInteger(epoch) && epoch >= 0 && Number.isInteger(position) && position >= 0;
  if (!valid || position >= count) {
    throw new Error(`training batches: expected a position below ${count}, got ${JSON.stringify(at)}`);
  }
}

/**
 * An endless stream of augmented training batches. Everything in it follows from the seed, the epoch and the position, so that a resumed run
 * sees what an uninterrupted one would have seen, and replicas with `part` together see exactly what one without would. Every batch is full:
 * the end of an epoch shares a batch with the beginning of the next one.
 *
 * Flips alternate (Keller Jordan, airbench, 2024): a hash of the image decides whether it is mirrored the first time, and each time it shows its other
 * side.
 */
export class TrainingBatches {
  private readonly count: number;
  /** Null where every pass shows all images. */
  private readonly passes: PassSubsets | null;
  private readonly firstSlot: number;
  private readonly partSize: number;
  private readonly augmenter: Augmenter;
  /** Before they are mixed: the image that is shown, and the one shown before it. */
  private shown: Uint8Array;
  private before: Uint8Array;
  /** Which image of which epoch `before` holds. */
  private beforeIs: BatchPosition | null = null;
  /** Made when it is first asked for: who fills memory of its own needs none. */
  private batch: ImageBatch | null = null;
  private strength = 1;
  private permutation: { readonly epoch: number; readonly order: Int32Array };

  /** @param at where the stream begins or goes on; the batch size may have been another one before. */
  constructor(
    private readonly reader: ImageReader,
    private readonly settings: BatchSettings,
    private at: BatchPosition = { epoch: 0, position: 0 },
    part: BatchPart = { index: 0, of: 1 },
  ) {
    const { items, classes, batchSize, augmentation } = settings;
    const isResampled = items.passFraction < 1;
    this.passes = isResampled ? new PassSubsets(items.labels, items.passFraction, settings.seed) : null;
    this.count = this.passes?.size ?? items.labels.length;
    if (this.count === 0) throw new Error('training batches: expected at least one image, got none');
    if (items.labels.some((label) => label < 0 || label >= classes)) {
      throw new Error(`training batches: expected labels from 0 to ${classes - 1}, got one outside`);
    }
    checkPosition(at, this.count);
    if (batchSize < part.of || part.index < 0 || part.index >= part.of) {
      throw new Error(`training batches: a batch of ${batchSize} has no part ${part.index} of ${part.of}`);
    }
    this.firstSlot = beginOfPart(part, batchSize);
    this.partSize = beginOfPart({ ...part, index: part.index + 1 }, batchSize) - this.firstSlot;
    this.augmenter = new Augmenter(reader, items, augmentation, seedrandom.alea(`${settings.seed}:augment`).int32());
    this.shown = new Uint8Array(reader.imageBytes);
    this.before = new Uint8Array(reader.imageBytes);
    this.permutation = this.permute(0);
  }

  state(): BatchPosition {
    return this.at;
  }

  /**
   * How strongly images are changed from now on, crops, shifts and mirror images apart: with this part of the settings' magnitude and
   * probabilities, in [0, 1]; as many of them are mixed.
   */
  regularise(strength: number): void {
    this.strength = strength;
  }

  /** The next batch, or this part of it. */
  next(): ImageBatch {
    this.batch ??= this.emptyBatch();
    this.fill(this.batch);
    return this.batch;
  }

  /** Makes the next batch, or this part of it, in memory of the caller's that holds so many images. */
  fill({ images, labels, mixed }: BatchMemory): void {
    const { imageBytes } = this.reader;
    for (let slot = 0; slot < this.partSize; slot++) {
      const at = advance(this.at, this.firstSlot + slot, this.count);
      const target = images.subarray(slot * imageBytes, (slot + 1) * imageBytes);
      labels[slot] = this.labelOf(at);
      if (mixed === null) {
        this.show(at, target);
        continue;
      }
      const other = { ...at, position: (at.position + this.count - 1) % this.count };
      mixed.others[slot] = this.labelOf(other);
      mixed.shares[slot] = this.showMixed(at, other, target);
    }
    this.at = advance(this.at, this.settings.batchSize, this.count);
  }

  /** Mixes an image with the one that stands before it in the same epoch: so the mixture does not depend on where batches begin and end. */
  private showMixed(at: BatchPosition, other: BatchPosition, target: Uint8Array): number {
    const { beforeIs, strength } = this;
    if (beforeIs?.epoch !== other.epoch || beforeIs.position !== other.position) this.show(other, this.before);
    const random = this.show(at, this.shown);
    const { mixing } = this.settings;
    let share = 1;
    if (random.next() < strength) {
      share = mixImages(this.shown, this.before, target, this.reader.resolution, mixing, random);
    } else target.set(this.shown);
    [this.shown, this.before] = [this.before, this.shown];
    this.beforeIs = at;
    return share;
  }

  private show(at: BatchPosition, target: Uint8Array): HashStream {
    const item = this.itemAt(at);
    const times = this.passes?.shownBefore(item, at.epoch) ?? at.epoch;
    return this.augmenter.show(item, at.epoch, times, target, this.strength);
  }

  private itemAt({ epoch, position }: BatchPosition): number {
    if (epoch !== this.permutation.epoch) this.permutation = this.permute(epoch);
    return this.permutation.order[position] ?? 0;
  }

  private labelOf(at: BatchPosition): number {
    return this.settings.items.labels[this.itemAt(at)] ?? 0;
  }

  private emptyBatch(): ImageBatch {
    return {
      images: new Uint8Array(this.partSize * this.reader.imageBytes),
      labels: new Int32Array(this.partSize),
      mixed: mixes(this.settings)
        ? { others: new Int32Array(this.partSize), shares: new Float32Array(this.partSize) }
        : null,
      count: this.partSize,
    };
  }

  private permute(epoch: number): { readonly epoch: number; readonly order: Int32Array } {
    const order = this.passes?.of(epoch) ?? Int32Array.from({ length: this.count }, (_, index) => index);
    return { epoch, order: shuffle(order, seedrandom.alea(`${this.settings.seed}:epoch:${epoch}`)) };
  }
}
