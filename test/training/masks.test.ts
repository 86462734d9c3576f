import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MaskInput } from '../../src/program/types.js';
import { type DropRates, drawMasks } from '../../src/training/masks.js';

const features: MaskInput = { name: 'features', perImage: 50, kind: 'dropout', share: 1 };
const shallow: MaskInput = { name: 'shallow', perImage: 1, kind: 'dropPath', share: 0.5 };
const deep: MaskInput = { name: 'deep', perImage: 1, kind: 'dropPath', share: 1 };
const masks = [features, shallow, deep];
const rates: DropRates = { dropout: 0.3, dropPath: 0.2 };
const start = { epoch: 0, position: 0 };

const draw = (seed = 1, at = start, range: readonly [number, number] = [0, 4000], given = rates) =>
  drawMasks(masks, given, seed, at, range);

const dropped = (values: Float32Array | undefined) =>
  values === undefined ? Number.NaN : values.filter((value) => value === 0).length / values.length;

describe('masks', () => {
  it('drop the part that their rate says, less where their share is less, and scale up the rest', () => {
    const drawn = draw();
    expect(dropped(drawn['features'])).toBeCloseTo(0.3, 2);
    expect(Math.abs(dropped(drawn['shallow']) - 0.1)).toBeLessThan(0.02);
    expect(Math.abs(dropped(drawn['deep']) - 0.2)).toBeLessThan(0.02);
    const kept = (name: string) => [...new Set(drawn[name]?.filter((value) => value !== 0))];
    expect(kept('features')).toEqual([Math.fround(1 / 0.7)]);
    expect(kept('shallow')).toEqual([Math.fround(1 / 0.9)]);
  });

  it('keep everything as it is at the rate 0', () => {
    const drawn = draw(1, start, [0, 9], { dropout: 0, dropPath: 0 });
    expect(drawn['features']).toEqual(new Float32Array(450).fill(1));
    expect(drawn['deep']).toEqual(new Float32Array(9).fill(1));
  });

  it('of a batch are those of its parts, however it is cut', () => {
    const whole = draw(7, { epoch: 2, position: 640 }, [0, 64]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 1, max: 64 }), (begin, length) => {
        const end = Math.min(64, begin + length);
        const part = draw(7, { epoch: 2, position: 640 }, [begin, end]);
        for (const { name, perImage } of masks) {
          expect(part[name]).toEqual(whole[name]?.subarray(begin * perImage, end * perImage));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are others for another seed, epoch, batch, image, mask and feature', () => {
    const first = draw();
    expect(draw()).toEqual(first);
    for (const other of [draw(2), draw(1, { epoch: 1, position: 0 }), draw(1, { epoch: 0, position: 4000 })]) {
      for (const { name } of masks) expect(other[name]).not.toEqual(first[name]);
    }
    // Two independent draws agree where both drop or both keep.
    const agreement = (a: Float32Array, b: Float32Array) =>
      a.filter((value, i) => (value === 0) === (b[i] === 0)).length / a.length;
    const { features: all = new Float32Array(), shallow: one = all, deep: two = all } = first;
    expect(agreement(one, two)).toBeCloseTo(0.1 * 0.2 + 0.9 * 0.8, 1);
    expect(agreement(all.subarray(50), all)).toBeCloseTo(0.3 ** 2 + 0.7 ** 2, 1);
    expect(agreement(all.subarray(1), all)).toBeCloseTo(0.3 ** 2 + 0.7 ** 2, 1);
  });
});
