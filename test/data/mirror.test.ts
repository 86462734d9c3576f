import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mirrorImages } from '../../src/data/mirror.js';

function mirrored(images: Uint8Array, width: number): Uint8Array {
  const target = new Uint8Array(images.length);
  mirrorImages(images, target, width);
  return target;
}

describe('mirrorImages', () => {
  it('turns every row of every image around and keeps the channels', () => {
    const row = (...pixels: number[]) => pixels.flatMap((pixel) => [pixel, pixel + 100, pixel + 150]);
    const images = Uint8Array.from([...row(1, 2, 3), ...row(4, 5, 6), ...row(7, 8, 9), ...row(9, 9, 1)]);
    expect([...mirrored(images, 3)]).toEqual([...row(3, 2, 1), ...row(6, 5, 4), ...row(9, 8, 7), ...row(1, 9, 9)]);
  });

  it('gives the same whether pixels can be moved four at a time or not', () => {
    const images = fc
      .record({ width: fc.integer({ min: 1, max: 17 }), rows: fc.integer({ min: 1, max: 5 }), offset: fc.nat(4) })
      .chain(({ width, rows, offset }) => {
        const length = width * rows * 3;
        return fc.record({
          width: fc.constant(width),
          offset: fc.constant(offset),
          bytes: fc.uint8Array({ minLength: length, maxLength: length }),
        });
      });
    fc.assert(
      fc.property(images, ({ width, offset, bytes }) => {
        const expected = Uint8Array.from(bytes, (_, place) => {
          const [pixel, channel] = [Math.floor(place / 3), place % 3];
          const column = pixel % width;
          return bytes[(pixel - column + width - 1 - column) * 3 + channel] ?? -1;
        });
        const memory = new Uint8Array(offset + bytes.length);
        memory.set(bytes, offset);
        expect([...mirrored(memory.subarray(offset), width)]).toEqual([...expected]);
      }),
      { numRuns: 300 },
    );
  });
});
