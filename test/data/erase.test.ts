import { describe, expect, it } from 'vitest';
import { eraseRandomBox } from '../../src/data/erase.js';
import { HashStream } from '../../src/data/random.js';

const side = 20;

/** The pixels that were changed, of an image in which every pixel is of a colour that no erasing draws by chance. */
function erased(probability: number, seed: number): readonly number[] {
  const image = Uint8Array.from({ length: side * side * 3 }, (_, place) => (place * 97 + 13) % 256);
  const before = image.slice();
  eraseRandomBox(image, side, probability, new HashStream(seed));
  return Array.from({ length: side * side }, (_, pixel) => pixel).filter((pixel) =>
    [0, 1, 2].some((channel) => image[pixel * 3 + channel] !== before[pixel * 3 + channel]),
  );
}

describe('random erasing', () => {
  it('fills one box of at most two fifths of the image with one colour', () => {
    for (let seed = 0; seed < 200; seed++) {
      const image = new Uint8Array(side * side * 3);
      eraseRandomBox(image, side, 1, new HashStream(seed));
      const filled = erased(1, seed);
      const [columns, rows] = [filled.map((pixel) => pixel % side), filled.map((pixel) => Math.floor(pixel / side))];
      const area = (Math.max(...columns) - Math.min(...columns) + 1) * (Math.max(...rows) - Math.min(...rows) + 1);
      // A pixel of the box may have had its colour before.
      expect(filled.length).toBeGreaterThanOrEqual(0.9 * area);
      expect(area).toBeLessThanOrEqual(0.4 * side * side * 1.1);
      const colours = new Set(filled.map((pixel) => String(image.subarray(pixel * 3, pixel * 3 + 3))));
      expect(colours.size).toBe(1);
    }
  });

  it('happens as often as it shall', () => {
    const share = (probability: number) =>
      Array.from({ length: 1000 }, (_, seed) => erased(probability, seed).length > 0).filter(Boolean).length / 1000;
    expect(share(0)).toBe(0);
    expect(share(0.25)).toBeGreaterThan(0.2);
    expect(share(0.25)).toBeLessThan(0.3);
    expect(share(1)).toBeGreaterThan(0.99);
  });
});
