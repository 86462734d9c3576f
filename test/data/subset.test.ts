import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  classSubset,
  holdOutIndices,
  PassSubsets,
  partOfTraining,
  stratifiedOrder,
  subsetIndices,
} from '../../src/data/subset.js';

const labels = fc
  .array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 200 })
  .map((l) => Int32Array.from(l));
const fraction = fc.double({ min: 0.001, max: 1, noNaN: true });

describe('a stratified order', () => {
  test('holds every image once, and each of its beginnings about as large a part of each class', () => {
    fc.assert(
      fc.property(labels, fraction, (all, part) => {
        const order = stratifiedOrder(all, 's');
        expect([...order].sort((a, b) => a - b)).toEqual([...all.keys()]);
        const beginning = order.slice(0, Math.ceil(part * all.length));
        const classes = new Set(all);
        for (const label of classes) {
          const size = all.filter((other) => other === label).length;
          const taken = beginning.filter((index) => all[index] === label).length;
          const share = size / all.length;
          expect(Math.abs(taken - share * beginning.length)).toBeLessThanOrEqual(1 + share * classes.size);
        }
      }),
    );
  });

  test('is the same for the same seed', () => {
    const all = Int32Array.from({ length: 100 }, (_, index) => Math.floor(index / 25));
    expect(stratifiedOrder(all, 's')).toEqual(stratifiedOrder(all, 's'));
    expect(stratifiedOrder(all, 's')).not.toEqual(stratifiedOrder(all, 't'));
  });
});

describe('a subset', () => {
  test('has the same fraction of each class, rounded, at least one image', () => {
    fc.assert(
      fc.property(labels, fraction, (all, part) => {
        const indices = subsetIndices(all, part, 's');
        for (const label of new Set(all)) {
          const size = all.filter((other) => other === label).length;
          const taken = indices.filter((index) => all[index] === label).length;
          expect(taken).toBe(Math.max(1, Math.round(part * size)));
        }
        expect(indices).toEqual(Int32Array.from(new Set(indices)).sort());
      }),
    );
  });

  test('lies within every larger one of the same seed', () => {
    fc.assert(
      fc.property(labels, fraction, fraction, (all, a, b) => {
        const larger = new Set(subsetIndices(all, Math.max(a, b), 's'));
        expect(subsetIndices(all, Math.min(a, b), 's').every((index) => larger.has(index))).toBe(true);
      }),
    );
  });

  test('is everything at 1, and follows the seed', () => {
    const all = Int32Array.from({ length: 100 }, (_, index) => index % 4);
    expect(subsetIndices(all, 1, 's')).toEqual(Int32Array.from(all.keys()));
    expect(subsetIndices(all, 0.2, 's')).toEqual(subsetIndices(all, 0.2, 's'));
    expect(subsetIndices(all, 0.2, 's')).not.toEqual(subsetIndices(all, 0.2, 't'));
  });

  test('of nothing or of more than all is refused', () => {
    expect(() => subsetIndices(Int32Array.of(0), 0, 's')).toThrow(RangeError);
    expect(() => subsetIndices(Int32Array.of(0), 1.1, 's')).toThrow(RangeError);
  });
});

describe('the subsets of passes', () => {
  test('have the same fraction of each class, at least one image, and show all images of a class equally often', () => {
    fc.assert(
      fc.property(labels, fraction, (all, part) => {
        const passes = new PassSubsets(all, part, 's');
        const counts = new Map<number, number>();
        for (let pass = 0; pass < 12; pass++) {
          const indices = passes.of(pass);
          expect(indices).toHaveLength(passes.size);
          expect(new Set(indices).size).toBe(passes.size);
          for (const label of new Set(all)) {
            const size = all.filter((other) => other === label).length;
            const taken = indices.filter((index) => all[index] === label).length;
            expect(taken).toBe(Math.max(1, Math.round(part * size)));
          }
          for (const index of indices) counts.set(index, (counts.get(index) ?? 0) + 1);
        }
        for (const label of new Set(all)) {
          const seen = [...all.keys()].filter((index) => all[index] === label).map((index) => counts.get(index) ?? 0);
          expect(Math.max(...seen) - Math.min(...seen)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('a part of the classes', () => {
  test('is rounded, at least two, and lies within every larger one', () => {
    for (const fraction of [0.01, 0.3, 0.5, 0.75]) {
      const some = classSubset(20, fraction, 's');
      expect(some.size).toBe(Math.max(2, Math.round(20 * fraction)));
      const more = classSubset(20, fraction + 0.2, 's');
      for (const label of some) expect(more.has(label)).toBe(true);
    }
    expect([...classSubset(3, 1, 's')].sort()).toEqual([0, 1, 2]);
    expect(() => classSubset(3, 0, 's')).toThrow(/class fraction: expected \(0, 1\]/);
  });
});

describe('the held-out part', () => {
  test('never takes the last image of a class, and at least one of two', () => {
    fc.assert(
      fc.property(labels, (all) => {
        const heldOut = holdOutIndices(all, 's');
        for (const label of new Set(all)) {
          const size = all.filter((other) => other === label).length;
          const taken = heldOut.filter((index) => all[index] === label).length;
          expect(taken).toBe(size < 2 ? 0 : Math.max(1, Math.round(size / 10)));
        }
      }),
    );
  });
});

describe('a part of the training images', () => {
  const images = Array.from({ length: 60 }, (_, index) => ({ id: String(index), path: '', label: index % 3 }));
  const dataset = {
    ...{ directory: '', layout: 'competition' as const, classes: ['a', 'b', 'c'] },
    ...{ train: images, validation: images.slice(0, 5), test: images.slice(5) },
  };

  test('is the same of each class, in the order of the whole, and never another', () => {
    const { train, ...others } = partOfTraining(dataset, 0.25);
    expect([0, 1, 2].map((label) => train.filter((image) => image.label === label).length)).toEqual([5, 5, 5]);
    expect(train).toEqual(images.filter((image) => train.includes(image)));
    expect(others).toEqual({ ...dataset, train: undefined });
    expect(partOfTraining(dataset, 0.25).train).toEqual(train);
    expect(partOfTraining(dataset, 1)).toBe(dataset);
  });
});
