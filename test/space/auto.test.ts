import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Precision, precisions } from '../../src/program/precision.js';
import { autoSpace, slowestRateOfUse } from '../../src/space/auto.js';
import {
  type Architecture,
  architectureOf,
  asConfiguration,
  rateModel,
  workPerImage,
} from '../../src/space/auto-cost.js';
import { autoCandidates, ladderFor } from '../../src/space/auto-ladder.js';
import { packResolutions } from '../../src/space/pack-sides.js';
import { searchSpaceFromPlain, searchSpaceToPlain } from '../../src/space/plain.js';
import { defaultConfiguration, sampleConfiguration } from '../../src/space/sample.js';
import type { Configuration, SearchSpace } from '../../src/space/types.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { streams } from './arbitrary.js';

function architecture(configuration: Configuration) {
  parseRecipe(configuration);
  return architectureOf(configuration);
}

/** A machine that does so much work a second, and runs out of memory above some work. */
function input(machine: {
  imageSide: number;
  classes: number;
  trainImages: number;
  budgetSeconds: number;
  speed: number;
  memory?: number;
  precision?: Precision;
}) {
  const { speed, memory = Number.POSITIVE_INFINITY, precision = 'f32', ...rest } = machine;
  const rates = autoCandidates(rest).map((configuration) => {
    const work = workPerImage(architecture(configuration));
    return { configuration, trainImagesPerSecond: work > memory ? 0 : speed / work, replicas: 1 };
  });
  return { ...rest, precision, threads: 2, rates };
}

const epochs = (configuration: Configuration, made: ReturnType<typeof input>, speed: number): number =>
  ((speed / workPerImage(architecture(configuration))) * 0.65 * made.budgetSeconds) / made.trainImages;

const values = (space: SearchSpace, name: string): readonly unknown[] => {
  const parameter = space.parameters.find((candidate) => candidate.name === name);
  if (parameter?.kind === 'choice') return parameter.values;
  return parameter?.kind === 'constant' ? [parameter.value] : [];
};

/** Two wasm threads: measured 340 images a second for a network of about 16 million multiply-accumulates. */
const wasm = 6e9;

const anyInput = fc
  .record({
    imageSide: fc.integer({ min: 1, max: 4000 }),
    classes: fc.integer({ min: 2, max: 1000 }),
    trainImages: fc.integer({ min: 1, max: 2_000_000 }),
    budgetSeconds: fc.double({ min: 1, max: 1e6, noNaN: true }),
    speed: fc.double({ min: 1e6, max: 1e14, noNaN: true }),
    memory: fc.double({ min: 0, max: 1e11, noNaN: true }),
    precision: fc.constantFrom(...precisions),
  })
  .map((machine) => ({ made: input(machine), speed: machine.speed }));

describe('autoCandidates', () => {
  it('are at most 7 valid recipes, cheapest first, never larger than the images', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 2, max: 1000 }), (imageSide, classes) => {
        const candidates = autoCandidates({ imageSide, classes });
        expect(candidates.length).toBeGreaterThan(1);
        expect(candidates.length).toBeLessThanOrEqual(7);
        const work = candidates
          .filter((one) => one['network.family'] === 'residual')
          .map((one) => workPerImage(architecture(one)));
        expect(work).toEqual(work.toSorted((a, b) => a - b));
        for (const { resolution } of candidates.map(parseRecipe))
          expect(resolution).toBeLessThanOrEqual(Math.max(8, imageSide));
      }),
    );
  });
});

describe('rateModel', () => {
  const at = (width: number) => ({ family: 'residual', resolution: 28, stem: 'small', width, blocks: 1 }) as const;

  it('goes through its probes where they follow a power law, and is faster for smaller networks', () => {
    const model = rateModel(
      [8, 32].map((width) => ({ architecture: at(width), imagesPerSecond: 1e9 / workPerImage(at(width)) })),
    );
    expect(model?.(at(8))).toBeCloseTo(1e9 / workPerImage(at(8)), 3);
    expect(model?.(at(16))).toBeCloseTo(1e9 / workPerImage(at(16)), 3);
  });

  it('is what was measured where something was, whatever law that follows, and between two measurements lies between them', () => {
    const model = rateModel([
      { architecture: at(8), imagesPerSecond: 1000 },
      { architecture: at(16), imagesPerSecond: 900 },
      { architecture: at(48), imagesPerSecond: 20 },
    ]);
    expect([8, 16, 48].map((width) => model?.(at(width)))).toEqual(
      [1000, 900, 20].map((rate) => expect.closeTo(rate, 6)),
    );
    expect(model?.(at(12))).toBeGreaterThan(900);
    expect(model?.(at(12))).toBeLessThan(1000);
    expect(model?.(at(64))).toBeLessThan(20);
    expect(model?.(at(4))).toBeGreaterThan(1000);
  });

  it('knows a family by its own probes', () => {
    const plain = { ...at(16), family: 'plain' } as const;
    const model = rateModel([
      { architecture: at(16), imagesPerSecond: 1000 },
      { architecture: plain, imagesPerSecond: 400 },
    ]);
    expect(model?.(at(16))).toBeCloseTo(1000, 6);
    expect(model?.(plain)).toBeCloseTo(400, 6);
  });

  it('takes a family that was probed at one size to differ at others as it does there', () => {
    const plain = (width: number) => ({ ...at(width), family: 'plain' as const });
    const model = rateModel([
      { architecture: at(8), imagesPerSecond: 1000 },
      { architecture: at(16), imagesPerSecond: 900 },
      { architecture: at(32), imagesPerSecond: 100 },
      { architecture: plain(16), imagesPerSecond: 900 },
    ]);
    const [small = 0, large = 0] = [8, 32].map((width) => model?.(plain(width)));
    const [residualSmall = 0, residualLarge = 0] = [8, 32].map((width) => model?.(at(width)));
    expect(residualSmall).toBeCloseTo(1000, 6);
    // Less work for the same layers: faster, but along the same curve.
    expect(small).toBeGreaterThan(800);
    expect(small).toBeLessThan(1300);
    expect(large).toBeGreaterThan(0.8 * residualLarge);
    expect(large).toBeLessThan(2.5 * residualLarge);
  });

  it('has no answer without a probe that worked, and 0 for what is as large as one that failed', () => {
    expect(rateModel([{ architecture: at(8), imagesPerSecond: 0 }])).toBeUndefined();
    const model = rateModel([
      { architecture: at(8), imagesPerSecond: 100 },
      { architecture: at(32), imagesPerSecond: 0 },
    ]);
    expect(model?.(at(16))).toBeGreaterThan(0);
    expect(model?.(at(32))).toBe(0);
    expect(model?.(at(64))).toBe(0);
  });
});

describe('autoSpace', () => {
  it('is a valid space of valid recipes for any data set, machine and budget', () => {
    fc.assert(
      fc.property(anyInput, streams, ({ made }, random) => {
        const { space, reasons } = autoSpace(made);
        expect(searchSpaceFromPlain(searchSpaceToPlain(space))).toEqual(space);
        expect(packResolutions(space, 5, 32).length).toBeGreaterThan(0);
        expect(reasons.length).toBeGreaterThan(0);
        for (const configuration of [defaultConfiguration(space), sampleConfiguration(space, random)])
          parseRecipe(configuration);
      }),
    );
  });

  it('holds only architectures that make 5 epochs, or the cheapest alone with a word about it', () => {
    fc.assert(
      fc.property(anyInput, streams, ({ made, speed }, random) => {
        const { space, reasons } = autoSpace(made);
        const sampled = sampleConfiguration(space, random);
        const alone = values(space, 'network.width').length * values(space, 'resolution').length === 1;
        if (reasons.some((reason) => /no probe|fewer than/.test(reason))) expect(alone).toBe(true);
        else expect(epochs(sampled, made, speed)).toBeGreaterThan(4.99);
      }),
    );
  });

  it('keeps to small networks where the budget is short: small images in 6 minutes of wasm', () => {
    const made = input({ imageSide: 28, classes: 10, trainImages: 60_000, budgetSeconds: 360, speed: wasm });
    const { space } = autoSpace(made);
    expect(Math.max(...values(space, 'network.width').map(Number))).toBeLessThanOrEqual(24);
    expect(epochs(defaultConfiguration(space), made, wasm)).toBeGreaterThan(5);
  });

  it('takes as default the largest network with passes enough: 30, more over few images, fewer over many', () => {
    for (const [trainImages, enough] of [
      [500, 150],
      [2_000, 65],
      [6_000, 30],
      [60_000, 30],
      [120_000, 15],
      [1_000_000, 12],
    ] as const)
      for (const seconds of [4, 8, 16]) {
        const budgetSeconds = (trainImages / 100) * seconds * Math.max(1, enough / 30);
        const made = input({ imageSide: 28, classes: 10, trainImages, budgetSeconds, speed: 6e10 });
        const standard = architecture(defaultConfiguration(autoSpace(made).space));
        const larger = ladderFor(made, 'f32')
          .filter(({ stem, width }) => stem === 'small' && width > 16)
          .map((rung) => asConfiguration({ family: 'residual', ...rung }));
        const expected = larger.findLast((each) => epochs(each, made, 6e10) >= enough);
        expect(expected).toBeDefined();
        expect(standard).toEqual(architecture(expected ?? {}));
      }
  });

  it('takes more pixels with fewer passes than more channels', () => {
    const thumbnail = { family: 'residual', resolution: 28, width: 16, blocks: 1 } as const;
    const made = input({ imageSide: 28, classes: 10, trainImages: 25_000, budgetSeconds: 600, speed: 6e9 });
    /** The default where the budget is so long that an architecture makes so many passes. */
    const standard = (passes: number, of: Architecture) => {
      const budgetSeconds = (600 * passes) / epochs(asConfiguration(of), made, 6e9);
      return architecture(defaultConfiguration(autoSpace({ ...made, budgetSeconds }).space));
    };
    const [striding, keeping] = [
      { ...thumbnail, stem: 'medium' },
      { ...thumbnail, stem: 'small' },
    ] as const;
    expect(standard(9.9, keeping)).toEqual(striding);
    expect(standard(10.1, keeping)).toEqual(keeping);
    expect(standard(29, { ...keeping, width: 24 })).toEqual(keeping);
    expect(standard(31, { ...keeping, width: 24 })).toEqual({ ...keeping, width: 24 });
  });

  it('chooses the default by the speed of its own family', () => {
    const made = input({ imageSide: 28, classes: 10, trainImages: 25_000, budgetSeconds: 600, speed: 2e10 });
    const slowerPlain = made.rates.map((rate) =>
      rate.configuration['network.family'] === 'plain'
        ? { ...rate, trainImagesPerSecond: 0.6 * rate.trainImagesPerSecond }
        : rate,
    );
    for (const budgetSeconds of [300, 600, 900, 1200, 1800]) {
      const standard = (rates: typeof slowerPlain) =>
        defaultConfiguration(autoSpace({ ...made, budgetSeconds, rates }).space);
      expect(standard(slowerPlain)).toEqual(standard(made.rates));
    }
  });

  it('offers no network that is cheaper than the default where there are dearer ones: it would win by learning faster at first', () => {
    const sides = (budgetSeconds: number) => {
      const made = input({ imageSide: 160, classes: 14, trainImages: 5_000, budgetSeconds, speed: 3e10 });
      const { space } = autoSpace(made);
      const { resolution } = architecture(defaultConfiguration(space));
      return [resolution, ...values(space, 'resolution')];
    };
    for (const budgetSeconds of [60, 480, 3_600]) {
      const [standard, ...offered] = sides(budgetSeconds);
      expect(Math.min(...offered.map(Number))).toBe(standard);
    }
    // At the top of the ladder there is nothing else to compare.
    const [standard, ...offered] = sides(1e6);
    expect(Math.max(...offered.map(Number))).toBe(standard);
    expect(offered.length).toBeGreaterThan(1);
  });

  it('offers wide networks, not only the cheapest, where the data set is small and the budget long', () => {
    const { space } = autoSpace(
      input({ imageSide: 28, classes: 10, trainImages: 2_000, budgetSeconds: 36_000, speed: wasm }),
    );
    expect(values(space, 'network.width')).toContain(64);
    expect(values(space, 'network.width')).not.toContain(8);
  });

  it('offers large images and deep networks on a fast device', () => {
    const { space } = autoSpace(
      input({ imageSide: 375, classes: 100, trainImages: 128_000, budgetSeconds: 32_400, speed: 3e12 }),
    );
    expect(Math.min(...values(space, 'resolution').map(Number))).toBeGreaterThanOrEqual(160);
    expect(Math.max(...values(space, 'network.blocks').map(Number))).toBeGreaterThanOrEqual(2);
  });

  it('offers only widths that suit bfloat16 where that is used', () => {
    fc.assert(
      fc.property(anyInput, ({ made }) => {
        const { space } = autoSpace({ ...made, precision: 'bf16' });
        for (const width of values(space, 'network.width')) expect(Number(width) % 16).toBe(0);
      }),
    );
  });

  it('counts on what further replicas add', () => {
    const one = input({ imageSide: 28, classes: 10, trainImages: 60_000, budgetSeconds: 360, speed: wasm });
    const widest = (replicas: number) => {
      const rates = one.rates.map((rate) => ({ ...rate, replicas }));
      return Math.max(...values(autoSpace({ ...one, rates }).space, 'network.width').map(Number));
    };
    expect(widest(8)).toBeGreaterThan(widest(1));
  });

  it('offers nothing as large as what failed in the probe', () => {
    const machine = { imageSide: 375, classes: 100, trainImages: 1_000, budgetSeconds: 32_400, speed: 3e12 };
    const memory = 5e8;
    const { space } = autoSpace(input({ ...machine, memory }));
    const failed = input({ ...machine, memory })
      .rates.filter(({ trainImagesPerSecond }) => trainImagesPerSecond === 0)
      .map(({ configuration }) => workPerImage(architecture(configuration)));
    expect(workPerImage(architecture(defaultConfiguration(space)))).toBeLessThan(Math.min(...failed));
  });

  it('starts with rungs of a ninetieth of the budget, between 2 seconds and 2 minutes', () => {
    const min = (budgetSeconds: number) =>
      autoSpace(input({ imageSide: 64, classes: 14, trainImages: 5_000, budgetSeconds, speed: wasm })).space.scheduler
        .min;
    expect([60, 360, 32_400].map(min)).toEqual([2, 4, 120]);
  });
});

it('asConfiguration is read back by the recipe', () => {
  const one = { family: 'plain', resolution: 28, stem: 'medium', width: 16, blocks: 2 } as const;
  expect(architecture(asConfiguration(one))).toEqual(one);
});

describe('the slowest rate of use', () => {
  it('is that of networks which the space just offers, where it offers any choice', () => {
    fc.assert(
      fc.property(anyInput, streams, ({ made, speed }, random) => {
        const { space } = autoSpace(made);
        const work = workPerImage(architecture(sampleConfiguration(space, random)));
        const cheapest = Math.min(...autoCandidates(made).map((each) => workPerImage(architecture(each))));
        // Where even the cheapest is too slow it stands alone.
        if (work <= cheapest) return;
        expect(speed / work / slowestRateOfUse(made)).toBeGreaterThan(0.999);
      }),
    );
  });
});
