import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdOutIndices, subsetIndices } from '../../src/data/subset.js';

const labels = fc
  .array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 200 })
  .map((l) => Int32Array.from(l));
const fraction = fc.double({ min: 0.001, max: 1, noNaN: true });

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
