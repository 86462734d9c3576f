import { describe, expect, it } from 'vitest';
import { recipePriors } from '../../src/space/auto-recipe.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';
import { defaultConfiguration } from '../../src/space/sample.js';
import { parseRecipe } from '../../src/training/recipe.js';

const defaults = (epochs: number, trainImages = 5_000) => {
  const space = searchSpaceFromPlain({ name: 'recipe', parameters: recipePriors({ trainImages, epochs, threads: 2 }) });
  return parseRecipe(defaultConfiguration(space));
};

describe('the defaults of the built-in space', () => {
  it('regularise the more, the more epochs fit, without a jump', () => {
    const some = defaults(20);
    expect(some).toMatchObject({ 'optimizer.learningRate': 0.8, 'optimizer.weightDecay': 2e-4 });
    expect(some).toMatchObject({ 'augmentation.pad': 0.06, 'regularisation.labelSmoothing': 0.05 });
    const many = defaults(80);
    expect(many).toMatchObject({ 'optimizer.learningRate': 0.5, 'optimizer.weightDecay': 5e-4 });
    expect(many).toMatchObject({ 'augmentation.pad': 0.125, 'regularisation.labelSmoothing': 0.1 });
    for (const name of ['optimizer.weightDecay', 'augmentation.pad', 'regularisation.labelSmoothing'] as const) {
      const ascending = [1, 20, 25, 40, 60, 80, 400].map((epochs) => defaults(epochs)[name]);
      expect(ascending).toEqual(ascending.toSorted((a, b) => a - b));
    }
    for (const name of [
      'optimizer.learningRate',
      'optimizer.weightDecay',
      'augmentation.pad',
      'regularisation.labelSmoothing',
    ] as const) {
      for (const epochs of [20, 40, 80]) {
        const ratio = defaults(1.01 * epochs)[name] / defaults(epochs / 1.01)[name];
        expect(Math.abs(Math.log(ratio)), `${name} at ${epochs}`).toBeLessThan(0.03);
      }
    }
  });

  it('regularise the less, the more images there are', () => {
    const decays = [500, 5_000, 20_000, 60_000, 600_000].map((images) => defaults(60, images)['optimizer.weightDecay']);
    expect(decays).toEqual(decays.toSorted((a, b) => b - a));
    expect([decays[0], decays.at(-1)]).toEqual([5e-4, 2e-4]);
    expect(defaults(4 * 69.3, 60_000)['optimizer.weightDecay']).toBeCloseTo(5e-4, 5);
  });

  it('average over a twentieth of the steps of the final training', () => {
    const decay = defaults(32, 60_000)['average.decay'];
    expect(1 / (1 - decay)).toBeCloseTo(0.05 * ((60_000 * 32) / 128), -2);
  });

  it.each([0, 1e-6, 1e9, Number.POSITIVE_INFINITY])('are valid for %s epochs, too', (epochs) => {
    expect(() => defaults(epochs, 1)).not.toThrow();
    expect(() => defaults(epochs, 2_000_000)).not.toThrow();
  });

  it('leave out of the search what no rung can tell', () => {
    const priors = recipePriors({ trainImages: 60_000, epochs: 32, threads: 2 });
    const searched = Object.entries(priors).flatMap(([name, value]) => (typeof value === 'object' ? [name] : []));
    expect(searched.toSorted()).toEqual(['augmentation.flip', 'optimizer.batchSize', 'optimizer.learningRate']);
  });

  it.each([
    [1, [32, 64, 128]],
    [2, [32, 64, 128]],
    [4, [64, 128]],
    [64, [64, 128]],
  ])('offer %i threads batches of which each has a part to work on', (threads, values) => {
    expect(recipePriors({ trainImages: 5_000, epochs: 32, threads })['optimizer.batchSize']).toMatchObject({ values });
  });

  it('take batches that leave threads idle where there are no images for others', () => {
    expect(recipePriors({ trainImages: 200, epochs: 32, threads: 4 })['optimizer.batchSize']).toBe(16);
  });
});
