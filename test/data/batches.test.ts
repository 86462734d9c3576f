import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TrainingBatches, type TrainingBatchesOptions } from '../../src/data/batches.js';
import type { ImageReader } from '../../src/data/types.js';
import { memoryReader } from './samples.js';

/** Each image has its index in the first byte and a place-dependent rest, so that mirrored and shifted ones differ. */
const reader = memoryReader(4, (index, place) => (place === 0 ? index : (index * 7 + place) % 256));

function batches(options: Partial<TrainingBatchesOptions> = {}): TrainingBatches {
  const items = options.items ?? Int32Array.from({ length: 10 }, (_, index) => index);
  return new TrainingBatches({
    reader,
    items,
    labels: Int32Array.from({ length: items.length }, (_, index) => index),
    classes: items.length,
    batchSize: 4,
    seed: 'seed',
    flip: true,
    pad: 0.25,
    ...options,
  });
}

/** Images and labels of the next `count` batches, copied. */
function take(stream: TrainingBatches, count: number): { images: number[]; labels: number[] }[] {
  return Array.from({ length: count }, () => {
    const { images, labels } = stream.next();
    return { images: [...images], labels: [...labels] };
  });
}

describe('training batches', () => {
  test('show every image once in each epoch, in another order each time, and are always full', () => {
    const seen = take(batches(), 15).flatMap(({ labels }) => labels);
    expect(seen).toHaveLength(60);
    const epochs = Array.from({ length: 6 }, (_, epoch) => seen.slice(epoch * 10, epoch * 10 + 10));
    for (const epoch of epochs) expect([...epoch].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(epochs.map(String)).size).toBe(6);
  });

  test('are the same for the same seed and others for another', () => {
    expect(take(batches(), 5)).toEqual(take(batches(), 5));
    expect(take(batches(), 5)).not.toEqual(take(batches({ seed: 'other' }), 5));
  });

  test('go on from a state as if they had not been interrupted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 13 }), (before, size) => {
        const whole = batches({ batchSize: size });
        take(whole, before);
        const resumed = batches({ batchSize: size });
        resumed.restore(JSON.parse(JSON.stringify(whole.state())));
        expect(resumed.state()).toEqual(whole.state());
        expect(take(resumed, 3)).toEqual(take(whole, 3));
      }),
    );
  });

  test('in parts are together exactly what they are in one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(9), (of, more) => {
        const batchSize = of + more;
        const whole = take(batches({ batchSize }), 4);
        const parts = Array.from({ length: of }, (_, index) => take(batches({ batchSize, part: { index, of } }), 4));
        const joined = whole.map((_, step) => ({
          images: parts.flatMap((part) => part[step]?.images ?? []),
          labels: parts.flatMap((part) => part[step]?.labels ?? []),
        }));
        expect(joined).toEqual(whole);
      }),
    );
  });

  test('tell the pass and the place in it', () => {
    const stream = batches();
    take(stream, 3);
    expect(stream.state()).toEqual({ epoch: 1, position: 2 });
  });

  test('flip each image in every other epoch, about half of them in the first', () => {
    const many = Int32Array.from({ length: 200 }, (_, index) => index);
    const stream = batches({ items: many, pad: 0, batchSize: 200 });
    const flipped = take(stream, 3).map(({ images, labels }) => {
      const byImage = new Map(labels.map((label, slot) => [label, images[slot * 48] !== label]));
      return Array.from(many, (index) => byImage.get(index) ?? false);
    });
    const [first = [], second, third] = flipped;
    expect(second).toEqual(first.map((mirrored) => !mirrored));
    expect(third).toEqual(first);
    const share = first.filter(Boolean).length / 200;
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.65);
  });

  test('without flip and padding give the images as they are', () => {
    const [batch] = take(batches({ flip: false, pad: 0 }), 1);
    const expected = (batch?.labels ?? []).flatMap((index) => {
      const image = new Uint8Array(48);
      reader.read('train', index, image, 0);
      return [...image];
    });
    expect(batch?.images).toEqual(expected);
  });

  test('shift by every offset that the padding allows and by none beyond', () => {
    // Each pixel holds its own place: the middle one tells the shift.
    const places = memoryReader(5, (_, place) => Math.floor(place / 3));
    const items = new Int32Array(2000).map((_, index) => index);
    const { images } = batches({ reader: places, items, batchSize: 2000, flip: false, pad: 0.2 }).next();
    const middles = Array.from({ length: 2000 }, (_, slot) => images[slot * 75 + 36] ?? -1);
    const counts = [6, 7, 8, 11, 12, 13, 16, 17, 18].map(
      (place) => middles.filter((middle) => middle === place).length,
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2000);
    for (const count of counts) expect(count).toBeGreaterThan(150);
  });

  test('read from the split that an item names', () => {
    const read: [string, number][] = [];
    const spy: ImageReader = { ...reader, read: (split, index) => read.push([split, index]) };
    const items = [{ split: 'train', index: 3 } as const, { split: 'validation', index: 3 } as const];
    batches({ reader: spy, items, batchSize: 2 }).next();
    expect(read.sort()).toEqual([
      ['train', 3],
      ['validation', 3],
    ]);
  });

  test('keep a batch as it is while the next one is made', () => {
    const stream = batches();
    const first = stream.next();
    const copy = [...first.images];
    stream.next();
    expect([...first.images]).toEqual(copy);
  });

  test('refuse no images, labels that do not fit, more parts than images and a foreign state', () => {
    expect(() => batches({ items: new Int32Array() })).toThrow(/at least one image/);
    expect(() => batches({ labels: Int32Array.of(0) })).toThrow(/10 labels, got 1/);
    expect(() => batches({ classes: 9 })).toThrow(/labels from 0 to 8/);
    expect(() => batches({ part: { index: 0, of: 5 } })).toThrow(/no part 0 of 5/);
    expect(() => batches({ part: { index: 4, of: 4 } })).toThrow(/no part 4 of 4/);
    expect(() => batches({ pad: 1 })).toThrow(RangeError);
    expect(() => batches().restore({ epoch: 0, position: 10 })).toThrow(/position below 10/);
  });
});
