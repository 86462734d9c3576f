import { describe, expect, it } from 'vitest';
import { createRing, giveBack, isMade, serveRing, wholeBatch } from '../../src/data/batch-ring.js';

describe('a ring of batches', () => {
  it('has a batch once every worker has made its part', () => {
    const ring = createRing(5, 12, 2);
    const serve = (worker: number, value: number) => {
      let parts = 0;
      const fill = ({ images, labels, count }: { images: Uint8Array; labels: Int32Array; count: number }) => {
        if (parts++ === 1) throw new Error('enough');
        expect({ images: images.length, labels: labels.length }).toEqual({ images: 12 * count, labels: count });
        images.fill(value);
        labels.fill(value);
      };
      let told = 0;
      expect(() => serveRing(ring, worker, fill, () => told++)).toThrow('enough');
      return told;
    };
    expect(serve(0, 7)).toBe(1);
    expect(isMade(ring, 0)).toBe(false);
    expect(serve(1, 9)).toBe(1);
    expect([isMade(ring, 0), isMade(ring, 1)]).toEqual([true, false]);
    const { images, labels, count } = wholeBatch(ring, 0);
    expect([...labels]).toEqual([7, 7, 9, 9, 9]);
    expect([...images]).toEqual([...labels].flatMap((label) => Array(12).fill(label)));
    expect(count).toBe(5);
  });

  it('has a worker go round once batches are given back', () => {
    const ring = createRing(1, 3, 1);
    let made = 0;
    const fill = ({ labels }: { labels: Int32Array }) => {
      if (made === 10) throw new Error('enough');
      labels.fill(made);
    };
    const told = () => {
      expect([...wholeBatch(ring, made).labels]).toEqual([made]);
      made++;
      giveBack(ring, made);
    };
    expect(() => serveRing(ring, 0, fill, told)).toThrow('enough');
    expect(made).toBe(10);
  });

  it('holds two batches where they are large, three otherwise', () => {
    expect(createRing(128, 128 ** 2 * 3, 1).slots).toBe(3);
    expect(createRing(512, 224 ** 2 * 3, 1).slots).toBe(2);
  });
});
