import { beginOfPart, type ImageBatch } from './batches.js';
import { type MixedLabels, mixedPart } from './targets.js';

/** How many batches a ring holds at most: one in use, one ready, one in the making. */
const usualSlots = 3;

/** Batches of more bytes than this come in twos. */
const largeBatchBytes = 64 * 2 ** 20;

/** Where the number of batches that have been taken stands in the counters; those that each worker has made come after it. */
const takenPlace = 0;

/**
 * A few batches in memory that threads share: workers make them in order, each its part of every batch, one thread takes them. Counters only
 * grow: batch n stands in slot n modulo the slots. Plain data, so that it can be handed to another thread.
 */
export interface BatchRing {
  readonly batchSize: number;
  readonly imageBytes: number;
  readonly slots: number;
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly mixed: MixedLabels | null;
  /** One number: how strongly the batches that are made from now on are changed, as `TrainingBatches` has it. */
  readonly strength: Float32Array;
  /** Batches taken; batches made by worker 0, 1, … */
  readonly counters: Int32Array;
}

/** @param mixes whether there are images that are mixed with others. */
export function createRing(batchSize: number, imageBytes: number, workers: number, mixes = false): BatchRing {
  const slots = batchSize * imageBytes > largeBatchBytes ? 2 : usualSlots;
  const images = slots * batchSize;
  return {
    batchSize,
    imageBytes,
    slots,
    images: new Uint8Array(new SharedArrayBuffer(images * imageBytes)),
    labels: new Int32Array(new SharedArrayBuffer(images * Int32Array.BYTES_PER_ELEMENT)),
    mixed: mixes
      ? {
          others: new Int32Array(new SharedArrayBuffer(images * Int32Array.BYTES_PER_ELEMENT)),
          shares: new Float32Array(new SharedArrayBuffer(images * Float32Array.BYTES_PER_ELEMENT)),
        }
      : null,
    strength: new Float32Array(new SharedArrayBuffer(Float32Array.BYTES_PER_ELEMENT)).fill(1),
    counters: new Int32Array(new SharedArrayBuffer((1 + workers) * Int32Array.BYTES_PER_ELEMENT)),
  };
}

const workersOf = ({ counters }: BatchRing): number => counters.length - 1;

/** The images of a ring from one to another, counted over all slots. */
function between({ imageBytes, images, labels, mixed }: BatchRing, begin: number, end: number): ImageBatch {
  return {
    images: images.subarray(begin * imageBytes, end * imageBytes),
    labels: labels.subarray(begin, end),
    mixed: mixed === null ? null : mixedPart(mixed, begin, end),
    count: end - begin,
  };
}

/** A worker's part of batch `batch`, counted from 0. */
function partOf(ring: BatchRing, batch: number, worker: number): ImageBatch {
  const { batchSize, slots } = ring;
  const part = { index: worker, of: workersOf(ring) };
  const first = (batch % slots) * batchSize;
  const end = first + beginOfPart({ ...part, index: worker + 1 }, batchSize);
  return between(ring, first + beginOfPart(part, batchSize), end);
}

/** Whether all parts of a batch are there. */
export function isMade(ring: BatchRing, batch: number): boolean {
  for (let worker = 0; worker < workersOf(ring); worker++) {
    if (Atomics.load(ring.counters, takenPlace + 1 + worker) <= batch) return false;
  }
  return true;
}

/** A batch that is there; it stays as it is until the taker says that it has taken the next one. */
export function wholeBatch(ring: BatchRing, batch: number): ImageBatch {
  const first = (batch % ring.slots) * ring.batchSize;
  return between(ring, first, first + ring.batchSize);
}

/** Says that so many batches, the first ones, are needed no more: their memory is the workers' again. */
export function giveBack({ counters }: BatchRing, batches: number): void {
  Atomics.store(counters, takenPlace, batches);
  Atomics.notify(counters, takenPlace);
}

/**
 * A worker's life: makes its part of one batch after the other as soon as there is room, and waits otherwise. Never returns: its thread is
 * ended.
 * @param fill makes the next part in the memory given.
 * @param made is told of each one.
 * @throws what `fill` throws.
 */
export function serveRing(ring: BatchRing, worker: number, fill: (part: ImageBatch) => void, made: () => void): never {
  for (let batch = 0; ; batch++) {
    for (;;) {
      const taken = Atomics.load(ring.counters, takenPlace);
      if (batch - taken < ring.slots) break;
      Atomics.wait(ring.counters, takenPlace, taken);
    }
    fill(partOf(ring, batch, worker));
    Atomics.store(ring.counters, takenPlace + 1 + worker, batch + 1);
    made();
  }
}
