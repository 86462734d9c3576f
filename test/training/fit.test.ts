import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitBatch } from '../../src/training/fit.js';

const ways = (...bytes: readonly number[]) =>
  bytes.map((activationBytesPerImage, index) => ({ activationBytesPerImage, index }));

const choice = (bytes: readonly number[], images: number, limit: number) => {
  const { way, maxImages } = fitBatch(ways(...bytes), images, limit);
  return [way.index, maxImages];
};

describe('the way to fit a batch into memory', () => {
  it('is the one with the least work that takes it whole', () => {
    expect(choice([100, 60, 30], 10, 1000)).toEqual([0, 10]);
    expect(choice([100, 60, 30], 11, 1000)).toEqual([1, 16]);
    expect(choice([100, 60, 30], 17, 1000)).toEqual([2, 33]);
  });

  it('is the one with the largest micro-batch where none takes it whole, and of equals the one with the least work', () => {
    expect(choice([100, 60, 30], 34, 1000)).toEqual([2, 33]);
    expect(choice([600, 550, 510], 10, 1000)).toEqual([0, 1]);
    expect(choice([600, 450, 400], 10, 1000)).toEqual([1, 2]);
  });

  it('holds at least one image, whatever the limit', () => {
    expect(choice([100, 50], 4, 1)).toEqual([0, 1]);
  });

  it('never makes a micro-batch smaller than without it', () => {
    const bytes = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 4 });
    const size = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(bytes, size, size, (needs, images, limit) => {
        const [, maxImages = 0] = choice(needs, images, limit);
        const plain = Math.max(1, Math.floor(limit / (needs[0] ?? 1)));
        expect(Math.min(images, maxImages)).toBeGreaterThanOrEqual(Math.min(images, plain));
      }),
    );
  });

  it('does not work out ways that are not needed', () => {
    function* expensive() {
      yield { activationBytesPerImage: 1 };
      throw new Error('asked for more');
    }
    expect(fitBatch(expensive(), 10, 10).maxImages).toBe(10);
  });
});
