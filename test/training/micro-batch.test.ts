import { describe, expect, it } from 'vitest';
import { MicroBatch } from '../../src/training/micro-batch.js';

/** A micro-batch whose runs of these sizes have been made before. */
function warm(most: number, ...sizes: readonly number[]): MicroBatch {
  const microBatch = new MicroBatch(most);
  for (const images of sizes) microBatch.warmed(64, images);
  return microBatch;
}

describe('a micro-batch', () => {
  it('cuts a batch into as few parts as may be, that differ by at most one image', () => {
    for (let count = 0; count <= 40; count++) {
      for (let most = 1; most <= 12; most++) {
        const parts = [...new MicroBatch(most).parts(count)];
        expect(parts).toHaveLength(Math.ceil(count / most));
        const sizes = parts.map(([begin, end]) => end - begin);
        if (count > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        const images = parts.flatMap(([begin, end]) =>
          Array.from({ length: end - begin }, (_, index) => begin + index),
        );
        expect(images).toEqual(Array.from({ length: count }, (_, index) => index));
      }
    }
  });

  it('is halved by two slow runs in a row, and again by two more', () => {
    const microBatch = warm(9, 9, 5, 3);
    expect([9, 9, 5, 5, 3].map((images) => microBatch.sawRun(64, images, 2.1))).toEqual([null, 5, null, 3, null]);
    expect(microBatch.mostImages).toBe(3);
  });

  it('stays as it is where a fast run is between two slow ones', () => {
    const microBatch = warm(8, 8);
    for (const seconds of [3, 2, 3, 1, 3]) expect(microBatch.sawRun(64, 8, seconds)).toBeNull();
    expect(microBatch.mostImages).toBe(8);
  });

  it('does not count the first run of a size or side, which compiles', () => {
    const microBatch = warm(8, 8);
    expect(microBatch.sawRun(96, 8, 30)).toBeNull();
    expect(microBatch.sawRun(64, 7, 30)).toBeNull();
    expect(microBatch.sawRun(96, 8, 3)).toBeNull();
    expect(microBatch.sawRun(96, 8, 3)).toBe(4);
  });

  it('ends a step with the parts that it began with', () => {
    const microBatch = warm(4, 4);
    const parts = microBatch.parts(16);
    const sizes: number[] = [];
    for (const [begin, end] of parts) {
      sizes.push(end - begin);
      microBatch.sawRun(64, end - begin, 3);
    }
    expect(sizes).toEqual([4, 4, 4, 4]);
    expect([...microBatch.parts(16)]).toHaveLength(8);
  });

  it('is never halved to more than it is, nor below one image', () => {
    const microBatch = warm(5, 4, 5);
    const sizes = [...microBatch.parts(17)].map(([begin, end]) => end - begin);
    expect(sizes).toEqual([4, 4, 4, 5]);
    // The last two runs of the step were cut before it was halved: half of the last one is more than that.
    expect(sizes.map((images) => microBatch.sawRun(64, images, 3))).toEqual([null, 2, null, null]);
    expect(microBatch.mostImages).toBe(2);
    const single = warm(1, 1);
    for (let run = 0; run < 4; run++) expect(single.sawRun(64, 1, 3)).toBeNull();
    expect(single.mostImages).toBe(1);
  });
});
