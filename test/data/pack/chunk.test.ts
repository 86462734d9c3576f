import { describe, expect, test } from 'vitest';
import { planChunks } from '../../../src/data/pack/chunk.js';
import { sourceState } from '../../../src/data/pack/fingerprint.js';
import { firstOfEachKind } from '../../../src/data/pack/odd-images.js';
import { sampleDataset } from './samples.js';

describe('chunks', () => {
  test('cover every split in order with at most so many images', async () => {
    const { dataset } = await sampleDataset();
    const { sources } = await sourceState(dataset);
    const plans = planChunks(dataset, sources, [8], 5);
    expect(plans.map(({ name, images }) => [name, images.length])).toEqual([
      ['train-00000', 5],
      ['train-00001', 5],
      ['train-00002', 2],
      ['validation-00000', 4],
      ['test-00000', 3],
    ]);
    expect(plans.flatMap((plan) => plan.sources)).toEqual([...sources.train, ...sources.validation, ...sources.test]);
    expect(plans.flatMap(({ images }) => images)).toEqual([...dataset.train, ...dataset.validation, ...dataset.test]);
  });

  test('hold at most 64 MiB at the largest resolution, but one image at least', async () => {
    const { dataset } = await sampleDataset();
    const { sources } = await sourceState(dataset);
    const sizes = (side: number) => planChunks(dataset, sources, [8, side]).map(({ images }) => images.length);
    expect(sizes(2200)).toEqual([4, 4, 4, 4, 3]);
    expect(sizes(10_000)).toEqual(Array(19).fill(1));
  });
});

describe('odd images', () => {
  test('are named up to 20 of each kind', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      path: `${index}`,
      kind: index % 2 === 0 ? ('grey' as const) : ('alpha' as const),
    }));
    const named = firstOfEachKind(many);
    expect(named).toEqual(many.slice(0, 40));
  });
});
