import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packDataset } from '../../dist/data/pack/pack.js';
import type { Dataset } from '../../src/data/types.js';
import { VirtualClock } from '../../src/executor/simulator.js';
import type { StudyEvent } from '../../src/state/events.js';
import { fewestImages, fitData, partToPack, reductionOf } from '../../src/study/fit-data.js';
import { StudyLog } from '../../src/study/log.js';
import { plain, temporaryFolder } from '../data/samples.js';
import { preparation, stateOf } from '../report/example-study.js';
import { memoryJournal } from './memory-journal.js';

/** One file that stands for every image. */
async function photos(train: number, test: number): Promise<Dataset> {
  const directory = temporaryFolder();
  const path = join(directory, 'a.png');
  writeFileSync(path, await plain(8, 8, [1, 2, 3]).png().toBuffer());
  const images = (count: number, label: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => ({ id: String(index), path, label: label(index) }));
  return {
    ...{ directory, layout: 'competition', classes: ['a', 'b'] },
    ...{
      train: images(train, (index) => index % 2),
      validation: images(2, (index) => index),
      test: images(test, () => -1),
    },
  };
}

async function fitWithin(
  dataset: Dataset,
  budgetSeconds: number,
  places: readonly string[] = [],
  events: StudyEvent[] = [],
) {
  const [created] = preparation;
  if (created?.type !== 'study-created') throw new Error('the example begins otherwise');
  const log = new StudyLog(memoryJournal(), stateOf([{ ...created, budgetSeconds }, ...events]));
  const clock = new VirtualClock(5);
  const signal = new AbortController().signal;
  const fitted = await fitData({ log, clock, dataset, packPlaces: places, threads: 2, signal }, [8]);
  return { fitted, state: log.state };
}

const impossible = 1e-6;
const endless = 1e6;

describe('a data set that would take too much of the budget to pack', () => {
  it('is used with the same part of each class, and all validation and test images', async () => {
    const dataset = await photos(2000, 10);
    const { fitted, state } = await fitWithin(dataset, impossible);
    expect(state.fitted).toMatchObject({ part: 0.05, at: 5 });
    expect([0, 1].map((label) => fitted.train.filter((image) => image.label === label).length)).toEqual([50, 50]);
    expect([fitted.validation, fitted.test]).toEqual([dataset.validation, dataset.test]);
    expect(state.told[0]?.message).toMatch(
      /^packing all 2012 images would take .*: of the 2000 training images 100 are used/,
    );
  });

  it('is the same when the study is resumed, however fast packing looks then', async () => {
    const dataset = await photos(2000, 10);
    const first = await fitWithin(dataset, impossible);
    const again = await fitWithin(dataset, endless, [], [{ type: 'data-fitted', at: 1, part: 0.05 }]);
    expect(again.fitted).toEqual(first.fitted);
    expect(again.state.told).toEqual([]);
  });

  it('is whole where its images are packed already, whatever their labels and splits were', async () => {
    const dataset = await photos(1200, 0);
    const cache = temporaryFolder();
    await packDataset({ ...dataset, train: dataset.train.slice(1) }, { resolutions: [8, 16], cacheDirectory: cache });
    const { fitted, state } = await fitWithin(dataset, impossible, [join(cache, 'none'), cache]);
    expect(fitted).toBe(dataset);
    expect(state).toMatchObject({ fitted: { part: 1 }, told: [] });
  });

  it('is reduced where a place for packs is no folder, which packing will pass over', async () => {
    const dataset = await photos(1200, 0);
    const { state } = await fitWithin(dataset, impossible, [dataset.train[0]?.path ?? '']);
    expect(state.fitted).toMatchObject({ part: 0.05 });
  });

  it('is no less reduced where it is packed at other sides', async () => {
    const dataset = await photos(1200, 0);
    const cache = temporaryFolder();
    await packDataset(dataset, { resolutions: [16], cacheDirectory: cache });
    expect((await fitWithin(dataset, impossible, [cache])).state.fitted).toMatchObject({ part: 0.05 });
  });
});

describe('a data set is used whole', () => {
  it('where there is time to pack it', async () => {
    const dataset = await photos(2000, 10);
    const { fitted, state } = await fitWithin(dataset, endless);
    expect(fitted).toBe(dataset);
    expect(state).toMatchObject({ fitted: { part: 1, at: 5 }, told: [] });
  });

  it('where that was decided before an interruption, however slow packing looks now', async () => {
    const dataset = await photos(2000, 10);
    const { fitted, state } = await fitWithin(dataset, impossible, [], [{ type: 'data-fitted', at: 1, part: 1 }]);
    expect(fitted).toBe(dataset);
    expect(state.told).toEqual([]);
  });

  it('where it has so few images that packing them takes no time', async () => {
    const dataset = await photos(900, 10);
    const { fitted, state } = await fitWithin(dataset, impossible);
    expect(fitted).toBe(dataset);
    // Nothing was estimated.
    expect(state.fitted).toBeNull();
  });
});

describe('the part to pack', () => {
  it('leaves packing a fifth of the budget, what has to be packed anyway included', async () => {
    const dataset = await photos(8000, 998);
    // 9,000 images at 0.1 s each are 900 s; in 200 s there are 1,000 others and 1,000 of 8,000.
    expect(partToPack(dataset, 0.1, 1000)).toBe(0.12);
    expect(partToPack(dataset, 0.1, 4500)).toBe(1);
    expect(partToPack(dataset, 0.1, 4400)).toBe(0.97);
    expect(partToPack(dataset, 0.1, 10)).toBe(0.05);
    expect(fewestImages(dataset)).toBe(1000 + 400);
    expect(fewestImages(await photos(500, 5))).toBe(507);
  });

  it('is told with the time that all would take', async () => {
    const dataset = await photos(8000, 998);
    const told = reductionOf(dataset, { ...dataset, train: dataset.train.slice(0, 1000) }, 0.1);
    expect(told).toBe(
      'packing all 9000 images would take 15m: of the 8000 training images 1000 are used, the same part of each class (3m20s)',
    );
  });
});
