import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AugmentationSettings } from '../../src/data/augment.js';
import { type BatchPart, type BatchPosition, type BatchSettings, TrainingBatches } from '../../src/data/batches.js';
import type { TrainingItems } from '../../src/data/items.js';
import type { ImageReader } from '../../src/data/types.js';
import { memoryReader } from './samples.js';

/** Each image has its index in the first byte and a place-dependent rest, so that mirrored and shifted ones differ. */
const reader = memoryReader(4, (index, place) => (place === 0 ? index : (index * 7 + place) % 256));

/** The first training images, each a class of its own. */
function firstItems(count: number): TrainingItems {
  const indices = Int32Array.from({ length: count }, (_, index) => index);
  return { splits: new Uint8Array(count), indices, labels: indices, passFraction: 1 };
}

interface Changes extends Partial<BatchSettings>, Partial<AugmentationSettings> {
  readonly images?: ImageReader;
  readonly at?: BatchPosition;
  readonly part?: BatchPart;
}

const augmentation = { flip: true, pad: 0.25, crop: 1, randAugment: 0, erasing: 0 };
const noMixing = { mixup: 0, cutmix: 0 };

function batches({ images = reader, at, part, ...changes }: Changes = {}): TrainingBatches {
  const items = changes.items ?? firstItems(10);
  const usual = { items, classes: items.labels.length, batchSize: 4, seed: 'seed', mixing: noMixing };
  const settings = { ...usual, augmentation: { ...augmentation, ...changes }, ...changes };
  return new TrainingBatches(images, settings, at, part);
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
        const resumed = batches({ batchSize: size, at: JSON.parse(JSON.stringify(whole.state())) });
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
    const stream = batches({ items: firstItems(200), pad: 0, batchSize: 200 });
    const flipped = take(stream, 3).map(({ images, labels }) => {
      const byImage = new Map(labels.map((label, slot) => [label, images[slot * 48] !== label]));
      return Array.from({ length: 200 }, (_, index) => byImage.get(index) ?? false);
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
    const items = firstItems(2000);
    const { images } = batches({ images: places, items, batchSize: 2000, flip: false, pad: 0.2 }).next();
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
    const items = {
      splits: Uint8Array.of(0, 1),
      indices: Int32Array.of(3, 3),
      labels: Int32Array.of(0, 1),
      passFraction: 1,
    };
    batches({ images: spy, items, batchSize: 2 }).next();
    expect(read.sort()).toEqual([
      ['train', 3],
      ['validation', 3],
    ]);
  });

  test('in the memory of the caller are the same', () => {
    const [expected] = take(batches(), 1);
    const memory = { images: new Uint8Array(4 * 48), labels: new Int32Array(4), mixed: null };
    const stream = batches();
    stream.fill(memory);
    expect({ images: [...memory.images], labels: [...memory.labels] }).toEqual(expected);
    expect(stream.state()).toEqual({ epoch: 0, position: 4 });
  });

  test('that are mixed do not depend on where batches begin and end', () => {
    const mixing = { mixup: 0.5, cutmix: 1 };
    const changes = { mixing, erasing: 0.5, randAugment: 5, crop: 0.3 };
    const all = (stream: TrainingBatches, count: number) =>
      Array.from({ length: count }, () => {
        const { images, labels, mixed } = stream.next();
        const { others = [], shares = [] } = mixed ?? {};
        return Array.from(labels, (label, slot) => {
          return [label, others[slot], shares[slot], ...images.subarray(slot * 48, slot * 48 + 48)];
        });
      }).flat();
    const whole = all(batches({ ...changes, batchSize: 30 }), 1);
    expect(all(batches({ ...changes, batchSize: 5 }), 6)).toEqual(whole);
    expect(all(batches({ ...changes, batchSize: 6, at: { epoch: 1, position: 3 } }), 2)).toEqual(whole.slice(13, 25));
    const part = (index: number) => all(batches({ ...changes, batchSize: 30, part: { index, of: 3 } }), 1);
    expect([...part(0), ...part(1), ...part(2)]).toEqual(whole);
  });

  test('are mixed with the image before, whose label gets the rest', () => {
    // Images of one value each.
    const flat = memoryReader(4, (index) => 20 * index);
    const stream = batches({ images: flat, mixing: { mixup: 1, cutmix: 0 }, batchSize: 10 });
    const { images, labels, mixed } = stream.next();
    const shares = [...(mixed?.shares ?? [])];
    expect([...(mixed?.others ?? [])]).toEqual([labels.at(-1), ...labels.slice(0, -1)]);
    expect(new Set(shares).size).toBeGreaterThan(7);
    for (const [slot, share] of shares.entries()) {
      const exact = 20 * (share * (labels[slot] ?? 0) + (1 - share) * (mixed?.others[slot] ?? 0));
      expect(Math.abs((images[slot * 48] ?? 0) - exact)).toBeLessThanOrEqual(0.5);
    }
  });

  test('are regularised as strongly as they are told to', () => {
    const strong = {
      mixing: { mixup: 1, cutmix: 1 },
      erasing: 1,
      randAugment: 8,
      items: firstItems(200),
      batchSize: 200,
    };
    const plain = [...batches({ items: firstItems(200), batchSize: 200 }).next().images];
    const at = (strength: number) => {
      const stream = batches(strong);
      stream.regularise(strength);
      const { images, mixed } = stream.next();
      return { images: [...images], mixed: mixed?.shares.filter((share) => share < 1).length ?? 0 };
    };
    expect(at(0)).toEqual({ images: plain, mixed: 0 });
    expect(at(1)).toEqual({ images: [...batches(strong).next().images], mixed: at(1).mixed });
    expect(at(1).images).not.toEqual(plain);
    expect(at(0.5).mixed / at(1).mixed).toBeGreaterThan(0.4);
    expect(at(0.5).mixed / at(1).mixed).toBeLessThan(0.6);
  });

  test('of a part of the images show another one in each pass, of every class', () => {
    const labels = Int32Array.from({ length: 40 }, (_, index) => index % 4);
    const items = { ...firstItems(40), labels, passFraction: 0.3 };
    const stream = batches({
      items,
      classes: 4,
      batchSize: 12,
      flip: false,
      pad: 0,
      images: memoryReader(4, (index) => index),
    });
    const passes = Array.from({ length: 10 }, () => {
      const { images, labels: seen } = stream.next();
      for (let label = 0; label < 4; label++) expect(seen.filter((one) => one === label)).toHaveLength(3);
      return Array.from(seen, (_, slot) => images[slot * 48] ?? -1);
    });
    expect(stream.state()).toEqual({ epoch: 10, position: 0 });
    expect(new Set(passes[0])).not.toEqual(new Set(passes[1]));
    // 30 of 10 images a class.
    for (let index = 0; index < 40; index++) expect(passes.flat().filter((seen) => seen === index)).toHaveLength(3);
    expect(() => batches({ items, classes: 4, at: { epoch: 0, position: 12 } })).toThrow(/position below 12/);
  });

  test('of a part of the images flip each every other time it is shown', () => {
    for (const passFraction of [0.5, 0.3, 0.25]) {
      const items = { ...firstItems(40), labels: new Int32Array(40), passFraction };
      const count = 40 * passFraction;
      const images = memoryReader(4, (index, place) => (place % 12 === 0 ? 0 : index + 1));
      const stream = batches({ items, classes: 2, batchSize: count, pad: 0, images });
      const shown = new Map<number, boolean[]>();
      for (let pass = 0; pass < 4 / passFraction; pass++) {
        const { images: seen } = stream.next();
        for (let slot = 0; slot < count; slot++) {
          const row = seen.subarray(slot * 48, slot * 48 + 12);
          const index = Math.max(...row);
          // The first byte of each row is 0 where it is not mirrored.
          shown.set(index, [...(shown.get(index) ?? []), row[0] !== 0]);
        }
      }
      expect(shown.size).toBe(40);
      for (const sides of shown.values()) {
        expect(sides.length).toBeGreaterThanOrEqual(3);
        expect(sides.slice(1)).toEqual(sides.slice(0, -1).map((side) => !side));
      }
      const first = [...shown.values()].filter(([side]) => side).length;
      expect(first).toBeGreaterThan(8);
      expect(first).toBeLessThan(32);
    }
  });

  test('with random crops show parts of the stored image, another one in each epoch', () => {
    // Brightness tells the place: it grows to the right and, faster, down.
    const slope = memoryReader(8, (_, place) => Math.floor(place / 3 / 8) * 16 + (Math.floor(place / 3) % 8) * 2);
    const stream = batches({ images: slope, items: firstItems(1), batchSize: 1, flip: false, crop: 0.3 });
    const corners = Array.from({ length: 50 }, () => {
      const { images } = stream.next();
      return { first: images[0] ?? 0, last: images.at(-1) ?? 0 };
    });
    expect(new Set(corners.map(({ first }) => first)).size).toBeGreaterThan(20);
    for (const { first, last } of corners) expect(last).toBeGreaterThan(first + 40);
  });

  test('refuse no images, labels that do not fit, more parts than images and a foreign state', () => {
    expect(() => batches({ items: firstItems(0) })).toThrow(/at least one image/);
    expect(() => batches({ classes: 9 })).toThrow(/labels from 0 to 8/);
    expect(() => batches({ part: { index: 0, of: 5 } })).toThrow(/no part 0 of 5/);
    expect(() => batches({ part: { index: 4, of: 4 } })).toThrow(/no part 4 of 4/);
    expect(() => batches({ pad: 1 })).toThrow(/padding in \[0, 1\), got 1/);
    expect(() => batches({ crop: 0 })).toThrow(/least area in \(0, 1\], got 0/);
    expect(() => batches({ randAugment: 11 })).toThrow(/magnitude in \[0, 10\], got 11/);
    expect(() => batches({ erasing: -1 })).toThrow(/probability of erasing/);
    expect(() => batches({ at: { epoch: 0, position: 10 } })).toThrow(/position below 10/);
  });
});
