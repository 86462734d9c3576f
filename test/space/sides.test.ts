import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evaluationSide,
  lowestSide,
  meanWork,
  sideAt,
  sideStep,
  sidesFrom,
  trainingSides,
} from '../../src/space/sides.js';

const resolutions = fc.integer({ min: 8, max: 512 });
const parts = fc.double({ min: 0.25, max: 1, noNaN: true });

describe('the side of the images that are judged', () => {
  it.each([
    [28, 1, 28],
    [28, 1.15, 28],
    [28, 1.4, 44],
    [32, 1.25, 48],
    [64, 1.15, 80],
    [64, 1.25, 80],
    [128, 1.25, 160],
    [160, 1.4, 224],
    [192, 1.33, 256],
    [30, 1, 30],
  ])('at %i px and a scale of %d is %i px', (resolution, scale, side) => {
    expect(evaluationSide(resolution, scale)).toBe(side);
  });

  it('is never below that of the training images', () => {
    const scales = fc.double({ min: 1, max: 1.5, noNaN: true });
    fc.assert(
      fc.property(resolutions, scales, (resolution, scale) => {
        expect(evaluationSide(resolution, scale)).toBeGreaterThanOrEqual(resolution);
      }),
    );
  });
});

describe('the sides of progressive resizing', () => {
  it.each([
    [192, 160 / 192, [160, 192]],
    [128, 0.5, [64, 96, 128]],
    [64, 0.75, [48, 64]],
    [28, 0.7, [20, 24, 28]],
    [32, 1, [32]],
    [512, 0.25, [128, 256, 384, 512]],
    [16, 0.25, [8, 12, 16]],
  ])('at %i px from %d are %j', (resolution, from, sides) => {
    expect(trainingSides(resolution, from)).toEqual(sides);
  });

  it('ascend to the full one, are at most four, at least 8 px, and among those that packing foresees', () => {
    fc.assert(
      fc.property(resolutions, parts, parts, (resolution, from, least) => {
        const sides = trainingSides(resolution, from);
        expect(sides.at(-1)).toBe(resolution);
        expect(sides.length).toBeLessThanOrEqual(4);
        expect(Math.min(...sides)).toBeGreaterThanOrEqual(8);
        expect(new Set(sides).size).toBe(sides.length);
        expect([...sides].sort((a, b) => a - b)).toEqual(sides);
        for (const side of sides.slice(0, -1)) expect(side % sideStep(resolution)).toBe(0);
        const foreseen = sidesFrom(lowestSide(resolution, Math.min(from, least)), resolution);
        for (const side of sides) expect(foreseen).toContain(side);
      }),
    );
  });
});

describe('the side at a time', () => {
  it('is the lowest until its end, then the nearest to a line that is full 12 % of the schedule later', () => {
    const at = (passed: number) => sideAt([64, 96, 128], 0.74, passed);
    expect([0, 0.5, 0.74, 0.769].map(at)).toEqual([64, 64, 64, 64]);
    expect([0.771, 0.8, 0.829].map(at)).toEqual([96, 96, 96]);
    expect([0.831, 0.86, 1].map(at)).toEqual([128, 128, 128]);
  });

  it('is the only one where there is one', () => {
    expect([0, 0.5, 1].map((passed) => sideAt([32], 0.74, passed))).toEqual([32, 32, 32]);
  });

  it('never falls as time goes on, and is full at the end', () => {
    const time = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(resolutions, parts, time, time, time, (resolution, from, until, a, b) => {
        const sides = trainingSides(resolution, from);
        const [early, late] = a < b ? [a, b] : [b, a];
        expect(sideAt(sides, until, late)).toBeGreaterThanOrEqual(sideAt(sides, until, early));
        expect(sideAt(sides, Math.min(0.88, until), 1)).toBe(resolution);
      }),
    );
  });
});

describe('the work of an image', () => {
  it('is in proportion to its pixels, on average over the schedule', () => {
    expect(meanWork([128], 0.74)).toBe(1);
    // A quarter of the pixels for 77 %, nine sixteenths for 6 %.
    expect(meanWork([64, 96, 128], 0.74)).toBeCloseTo(0.77 * 0.25 + 0.06 * 0.5625 + 0.17, 2);
  });
});
