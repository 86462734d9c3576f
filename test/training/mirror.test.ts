import { describe, expect, it } from 'vitest';
import { mirrorImages } from '../../src/training/mirror.js';

describe('mirrorImages', () => {
  it('turns every row of every image around and keeps the channels', () => {
    const row = (...pixels: number[]) => pixels.flatMap((pixel) => [pixel, pixel + 100, pixel + 200]);
    const images = Uint8Array.from([
      ...row(1, 2, 3),
      ...row(4, 5, 6),
      ...row(7, 8, 9),
      ...row(9, 9, 1),
      ...row(0, 1, 2),
      ...row(3, 3, 4),
    ]);
    mirrorImages(images, 3);
    expect([...images]).toEqual([
      ...row(3, 2, 1),
      ...row(6, 5, 4),
      ...row(9, 8, 7),
      ...row(1, 9, 9),
      ...row(2, 1, 0),
      ...row(4, 3, 3),
    ]);
  });

  it('done twice changes nothing', () => {
    const images = Uint8Array.from({ length: 2 * 5 * 5 * 3 }, (_, index) => (index * 7) % 256);
    const twice = images.slice();
    mirrorImages(twice, 5);
    expect(twice).not.toEqual(images);
    mirrorImages(twice, 5);
    expect(twice).toEqual(images);
  });
});
