import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedEpochs, regularisationStrength } from '../../src/training/regularisation.js';

const nothing = { images: 0, resource: 0 };

describe('the epochs that a training is expected to make', () => {
  it('follow from its pace so far, as soon as that has lasted a fiftieth of it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.02, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 1e4, noNaN: true }),
        fc.double({ min: 1, max: 1e4, noNaN: true }),
        (passed, pace, seconds) => {
          const here = { images: passed * seconds * pace, resource: passed * seconds };
          expect(expectedEpochs(nothing, here, (1 - passed) * seconds, 100) / ((pace * seconds) / 100)).toBeCloseTo(
            1,
            6,
          );
        },
      ),
    );
    expect(expectedEpochs(nothing, { images: 64, resource: 1 }, 99, 100)).toBe(0);
  });

  it('begin with the pace of what was trained before, then take that of today', () => {
    const before = { images: 500, resource: 50 };
    expect(expectedEpochs(before, nothing, 50, 100)).toBe(10);
    expect(expectedEpochs(before, { images: 10, resource: 0.5 }, 49.5, 100)).toBeCloseTo((500 + 10 + 495) / 100, 10);
    expect(expectedEpochs(before, { images: 200, resource: 10 }, 40, 100)).toBe(15);
  });

  it('are what was made at the end', () => {
    expect(expectedEpochs({ images: 500, resource: 50 }, { images: 300, resource: 50 }, 0, 100)).toBe(8);
    expect(expectedEpochs({ images: 500, resource: 50 }, { images: 300, resource: 50 }, -1e-9, 100)).toBe(8);
  });

  it('are none where nothing is known', () => {
    expect(expectedEpochs(nothing, nothing, 60, 100)).toBe(0);
  });
});

describe('the strength of regularisation', () => {
  const strength = (full: number, epochs: number) =>
    regularisationStrength({ 'regularisation.fullEpochs': full }, epochs);

  it('grows with the epochs up to those of a training that is regularised in full', () => {
    expect([0, 4, 20, 40, 400].map((epochs) => strength(40, epochs))).toEqual([0, 0.1, 0.5, 1, 1]);
  });

  it('is full at any length where no such training is named', () => {
    expect([0, 1, 1000].map((epochs) => strength(0, epochs))).toEqual([1, 1, 1]);
  });
});
