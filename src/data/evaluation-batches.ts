import type { ImageReader, SplitName } from './types.js';

export interface EvaluationBatch {
  /** `count` · side² · 3 bytes, RGB; belongs to the caller. */
  readonly images: Uint8Array;
  /** Indexes into the split, in the order of the images. */
  readonly indices: Int32Array;
  readonly count: number;
}

/** The images of `indices` in that order, as they are, in batches; the last one may be smaller. */
export function* evaluationBatches(
  reader: ImageReader,
  split: SplitName,
  indices: Int32Array,
  batchSize: number,
): Generator<EvaluationBatch, void, undefined> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`evaluation batches: expected a positive size, got ${batchSize}`);
  }
  for (let begin = 0; begin < indices.length; begin += batchSize) {
    const part = indices.subarray(begin, begin + batchSize);
    const images = new Uint8Array(part.length * reader.imageBytes);
    for (const [slot, index] of part.entries()) reader.read(split, index, images, slot * reader.imageBytes);
    yield { images, indices: part, count: part.length };
  }
}
