import { describe, expect, it } from 'vitest';
import { RandAugment } from '../../src/data/rand-augment.js';
import { HashStream } from '../../src/data/random.js';
import { pattern } from './samples.js';

const side = 10;

/** An image of one colour. */
const of = (colour: readonly number[]) =>
  Uint8Array.from({ length: side * side * 3 }, (_, place) => colour[place % 3] ?? 0);

type Operation = Parameters<RandAugment['change']>[1];

function changed(image: Uint8Array, operation: Operation, strength: number): Uint8Array {
  const copy = image.slice();
  new RandAugment(side).change(copy, operation, strength);
  return copy;
}

const pixel = (image: Uint8Array, x: number, y: number) => [
  ...image.subarray((y * side + x) * 3, (y * side + x) * 3 + 3),
];

describe('an operation of RandAugment', () => {
  it.each([
    ['brightness', 1, [100, 10, 200], [190, 19, 255]],
    ['brightness', -1, [100, 10, 200], [10, 1, 20]],
    // Its brightness is 100, its mean, too.
    ['contrast', 1, [100, 100, 100], [100, 100, 100]],
    ['saturation', -1, [100, 100, 100], [100, 100, 100]],
    ['posterize', 1, [255, 17, 128], [240, 16, 128]],
    ['solarize', 0.5, [100, 127, 128], [100, 127, 127]],
    ['identity', 1, [1, 2, 3], [1, 2, 3]],
  ] as const)('%s at %d makes of %j %j', (operation, strength, before, after) => {
    expect([...changed(of(before), operation, strength)]).toEqual([...of(after)]);
  });

  it('of contrast and saturation draws values away from the mean and from grey, or near to them', () => {
    const image = of([90, 120, 150]);
    image.set([10, 10, 10], 0);
    const spread = (bytes: Uint8Array) => Math.max(...bytes) - Math.min(...bytes);
    expect(spread(changed(image, 'contrast', 0.5))).toBeGreaterThan(spread(image));
    expect(spread(changed(image, 'contrast', -0.5))).toBeLessThan(spread(image));
    const colourful = (strength: number) => pixel(changed(image, 'saturation', strength), 5, 5);
    expect((colourful(0.5)[2] ?? 0) - (colourful(0.5)[0] ?? 0)).toBeGreaterThan(60);
    expect((colourful(-0.5)[2] ?? 0) - (colourful(-0.5)[0] ?? 0)).toBeLessThan(60);
  });

  it('shifts by up to three tenths of the side, grey where nothing comes in', () => {
    const image = Uint8Array.from(pattern(side, side));
    const right = changed(image, 'shift-right', 1);
    expect(pixel(right, 4, 6)).toEqual(pixel(image, 1, 6));
    expect(pixel(right, 2, 6)).toEqual([128, 128, 128]);
    const up = changed(image, 'shift-down', -1);
    expect(pixel(up, 4, 6)).toEqual(pixel(image, 4, 9));
    expect(pixel(up, 4, 7)).toEqual([128, 128, 128]);
  });

  it('turns by up to 30 degrees about the centre', () => {
    const image = of([0, 0, 0]);
    // A bright spot to the right of the centre goes down, to its right as one walks clockwise.
    for (const [x, y] of [
      [8, 4],
      [8, 5],
      [9, 4],
      [9, 5],
    ] as const)
      image.fill(255, (y * side + x) * 3, (y * side + x) * 3 + 3);
    const turned = changed(image, 'rotate', 1);
    const bright = Array.from({ length: side * side }, (_, place) => place).filter(
      (place) => turned[place * 3] === 255,
    );
    expect(bright.length).toBeGreaterThan(1);
    for (const place of bright) expect(Math.floor(place / side)).toBeGreaterThan(4);
    // Corners come from outside.
    expect(pixel(turned, 0, 0)).toEqual([128, 128, 128]);
  });
});

describe('RandAugment', () => {
  it('changes most images, each in a way that follows from its numbers, by more at a larger magnitude', () => {
    const image = Uint8Array.from(pattern(side, side));
    const change = (magnitude: number, seed: number) => {
      const copy = image.slice();
      new RandAugment(side).apply(copy, magnitude, new HashStream(seed));
      return copy;
    };
    const difference = (magnitude: number) =>
      Array.from({ length: 60 }, (_, seed) =>
        change(magnitude, seed).reduce((sum, value, place) => sum + Math.abs(value - (image[place] ?? 0)), 0),
      );
    expect(change(6, 3)).toEqual(change(6, 3));
    expect(difference(6).filter((sum) => sum > 0).length).toBeGreaterThan(45);
    const total = (magnitude: number) => difference(magnitude).reduce((sum, one) => sum + one, 0);
    expect(total(9)).toBeGreaterThan(total(2));
  });
});
