import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeNetwork } from '../../src/network/describe.js';
import { fitBatch, fitStep, takeShare } from '../../src/training/fit.js';

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

  it('holds at least one image, whatever the limit, in the way that takes least', () => {
    expect(choice([100, 50, 60], 4, 1)).toEqual([1, 1]);
    expect(choice([100, 50, 60], 1, 1)).toEqual([1, 1]);
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

describe('the fitted step of a network', () => {
  const told: string[] = [];
  beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation((message) => void told.push(String(message)));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    told.splice(0);
  });

  const plan = describeNetwork({
    family: 'residual',
    width: 4,
    blocks: 1,
    stages: 2,
    stem: 'small',
    resolution: 16,
    classes: 2,
  });
  const [whole, ...leaner] = [...plan.steps()].map(({ activationBytesPerImage }) => activationBytesPerImage);
  const last = leaner.at(-1) ?? 0;

  it('keeps all activations where the whole batch fits, and has nothing to tell', () => {
    const { way, maxImages } = fitStep(plan, 16, 16 * (whole ?? 0));
    expect({ recomputes: way.recomputes, maxImages, told }).toEqual({ recomputes: false, maxImages: 16, told: [] });
  });

  it('computes activations again before it cuts the batch, and says so', () => {
    expect(leaner).toHaveLength(2);
    for (const bytes of leaner) {
      const { way, maxImages } = fitStep(plan, 16, 16 * bytes);
      expect(way).toMatchObject({ recomputes: true, activationBytesPerImage: bytes });
      expect(maxImages).toBe(16);
      expect(told.splice(0)).toEqual([expect.stringContaining('activations are computed again')]);
    }
  });

  it('cuts the batch where it does not fit in any way, and says so', () => {
    expect(fitStep(plan, 16, 9 * last).maxImages).toBe(9);
    expect(told).toEqual([expect.stringContaining('at most 9 images a run')]);
  });

  it('in a share of the memory holds no more than that share of the images and of their activations', () => {
    const fitInto = (bytes: number) => fitStep(plan, 16, bytes);
    for (const limit of [32 * (whole ?? 0), 16 * last, 9 * last]) {
      const usual = fitInto(limit);
      const held = Math.min(16, usual.maxImages);
      for (const share of [0.5, 0.25]) {
        const { way, maxImages } = takeShare(usual, 16, share, fitInto);
        expect(maxImages).toBe(Math.floor(share * held));
        expect(maxImages * way.activationBytesPerImage).toBeLessThanOrEqual(
          share * held * usual.way.activationBytesPerImage,
        );
      }
      expect(takeShare(usual, 16, 1, fitInto)).toBe(usual);
    }
  });

  it('in a share of the memory of one image holds that image, in the way that takes least', () => {
    const usual = fitStep(plan, 1, whole ?? 0);
    const { way, maxImages } = takeShare(usual, 1, 0.5, (bytes) => fitStep(plan, 1, bytes));
    expect(maxImages).toBe(1);
    expect(way.activationBytesPerImage).toBe(Math.min(whole ?? 0, ...leaner));
  });
});
