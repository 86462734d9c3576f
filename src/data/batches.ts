import seedrandom from 'seedrandom';
import { copyCrop } from './crop.js';
import { mix, shuffle } from './random.js';
import type { ImageReader, SplitName } from './types.js';

/** Images of one batch one after the other, RGB bytes, with their labels. */
export interface ImageBatch {
  /** `count` · side² · 3 bytes. Overwritten by the second `next()` after the one that returned it. */
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly count: number;
}

export interface ItemReference {
  readonly split: SplitName;
  readonly index: number;
}

/** Where the stream of batches stands. A type alias, so that it counts as JSON. */
export type BatchPosition = {
  /** Whole passes done. */
  readonly epoch: number;
  /** Images of the current pass already given out. */
  readonly position: number;
};

export interface TrainingBatchesOptions {
  readonly reader: ImageReader;
  /** The images to train on; bare numbers are indexes into the training split. */
  readonly items: readonly ItemReference[] | Int32Array;
  /** By item. */
  readonly labels: Int32Array;
  /** Number of classes; every label is below it. */
  readonly classes: number;
  /** Images of a whole batch, all parts together. */
  readonly batchSize: number;
  readonly seed: string;
  /** Mirror each image in every other epoch, half of the images in the first one. */
  readonly flip: boolean;
  /** Largest shift of the random crop as a part of the side, in [0, 1). */
  readonly pad: number;
  /** This replica's share of every batch, from index / of to (index + 1) / of of it, rounded down; default: all of it. */
  readonly part?: { readonly index: number; readonly of: number };
}

const splitNames: readonly SplitName[] = ['train', 'validation', 'test'];

/**
 * An endless stream of augmented training batches. Everything in it follows from the seed, the epoch and the position, so that a resumed run
 * sees what an uninterrupted one would have seen, and replicas with `part` together see exactly what one without would. Every batch is full:
 * the end of an epoch shares a batch with the beginning of the next one.
 *
 * Flips alternate (Keller Jordan, airbench, 2024): a hash of the image decides whether it is mirrored in even or in odd epochs, so that two
 * epochs in a row never show the same side.
 */
export class TrainingBatches {
  private readonly count: number;
  private readonly splits: Uint8Array;
  private readonly indices: Int32Array;
  private readonly partSize: number;
  private readonly firstSlot: number;
  private readonly maxShift: number;
  private readonly augmentSeed: number;
  private readonly source: Uint8Array;
  /** Two batches in turn: one may still be in use while the next is made. */
  private readonly buffers: readonly [ImageBatch, ImageBatch];
  private made = 0;
  private permutation: { readonly epoch: number; readonly order: Int32Array };
  private at: BatchPosition = { epoch: 0, position: 0 };

  constructor(private readonly options: TrainingBatchesOptions) {
    const { reader, items, labels, classes, batchSize, pad, part = { index: 0, of: 1 } } = options;
    this.count = items.length;
    if (this.count === 0) throw new Error('training batches: expected at least one image, got none');
    if (labels.length !== this.count) {
      throw new Error(`training batches: expected ${this.count} labels, got ${labels.length}`);
    }
    if (labels.some((label) => label < 0 || label >= classes)) {
      throw new Error(`training batches: expected labels from 0 to ${classes - 1}, got one outside`);
    }
    if (batchSize < part.of || part.index < 0 || part.index >= part.of) {
      throw new Error(`training batches: a batch of ${batchSize} has no part ${part.index} of ${part.of}`);
    }
    if (!(pad >= 0 && pad < 1)) throw new RangeError(`training batches: expected a padding in [0, 1), got ${pad}`);
    this.splits = new Uint8Array(this.count);
    this.indices = items instanceof Int32Array ? items : Int32Array.from(items, (item) => item.index);
    if (!(items instanceof Int32Array)) this.splits.set(items.map((item) => splitNames.indexOf(item.split)));
    const beginOf = (index: number): number => Math.floor((index * batchSize) / part.of);
    this.firstSlot = beginOf(part.index);
    this.partSize = beginOf(part.index + 1) - this.firstSlot;
    this.maxShift = Math.min(Math.round(pad * reader.resolution), reader.resolution - 1);
    this.augmentSeed = seedrandom.alea(`${options.seed}:augment`).int32();
    this.source = new Uint8Array(reader.imageBytes);
    this.buffers = [this.emptyBatch(), this.emptyBatch()];
    this.permutation = this.permute(0);
  }

  state(): BatchPosition {
    return this.at;
  }

  /** Goes on from a state of a stream over the same images with the same seed; the batch size may differ. */
  restore(state: BatchPosition): void {
    const { epoch, position } = state;
    const valid = Number.isInteger(epoch) && epoch >= 0 && Number.isInteger(position) && position >= 0;
    if (!valid || position >= this.count) {
      throw new Error(`training batches: expected a position below ${this.count}, got ${JSON.stringify(state)}`);
    }
    this.at = { epoch, position };
  }

  /** The next batch, or this replica's part of it. */
  next(): ImageBatch {
    const batch = this.buffers[this.made % 2 === 0 ? 0 : 1];
    this.made++;
    for (let slot = 0; slot < this.partSize; slot++) {
      const place = this.at.position + this.firstSlot + slot;
      const epoch = this.at.epoch + Math.floor(place / this.count);
      if (epoch !== this.permutation.epoch) this.permutation = this.permute(epoch);
      const item = this.permutation.order[place % this.count] ?? 0;
      this.copyItem(item, epoch, batch.images, slot);
      batch.labels[slot] = this.options.labels[item] ?? 0;
    }
    const end = this.at.position + this.options.batchSize;
    this.at = { epoch: this.at.epoch + Math.floor(end / this.count), position: end % this.count };
    return batch;
  }

  private copyItem(item: number, epoch: number, images: Uint8Array, slot: number): void {
    const { reader, flip } = this.options;
    const split = this.splits[item] ?? 0;
    const index = this.indices[item] ?? 0;
    const hash = mix(this.augmentSeed, index * splitNames.length + split);
    const mirrored = flip && ((hash + epoch) & 1) === 1;
    const shifts = 2 * this.maxShift + 1;
    const draw = mix(hash, epoch) % (shifts * shifts);
    const dx = (draw % shifts) - this.maxShift;
    const dy = Math.floor(draw / shifts) - this.maxShift;
    reader.read(splitNames[split] ?? 'train', index, this.source, 0);
    copyCrop(this.source, reader.resolution, images, slot * reader.imageBytes, { dx, dy, mirrored });
  }

  private emptyBatch(): ImageBatch {
    return {
      images: new Uint8Array(this.partSize * this.options.reader.imageBytes),
      labels: new Int32Array(this.partSize),
      count: this.partSize,
    };
  }

  private permute(epoch: number): { readonly epoch: number; readonly order: Int32Array } {
    const order = Int32Array.from({ length: this.count }, (_, index) => index);
    return { epoch, order: shuffle(order, seedrandom.alea(`${this.options.seed}:epoch:${epoch}`)) };
  }
}
