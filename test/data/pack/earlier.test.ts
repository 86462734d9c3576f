import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { packDataset } from '../../../src/data/pack/pack.js';
import { openReader } from '../../../src/data/reader.js';
import { colourOf, sampleDataset } from './samples.js';

vi.mock('node:fs/promises', { spy: true });
afterEach(() => vi.restoreAllMocks());

describe('images of an earlier pack', () => {
  test('are taken from chunks that are each read once for a new chunk, however that mixes them', async () => {
    const { folder, dataset } = await sampleDataset();
    const options = { resolutions: [8], cacheDirectory: join(folder, 'cache') };
    await packDataset(dataset, options);
    // As after another seed's split: images of the validation chunk stand between those of the training chunk.
    const train = dataset.train
      .slice(0, -1)
      .flatMap((image, index) => [image, ...dataset.validation.slice(index, index + 1)]);
    const validation = dataset.train.slice(-1);
    vi.mocked(readFile).mockClear();
    const { packedImages, pack } = await packDataset({ ...dataset, train, validation }, options);
    const reads = vi.mocked(readFile).mock.calls.map(([path]) => basename(String(path)));
    const readsOf = (shard: string) => reads.filter((name) => name === shard).length;
    // Once for the new training chunk, the training chunk once more for the new validation chunk.
    expect(['train-00000.8.rgb', 'validation-00000.8.rgb'].map(readsOf)).toEqual([2, 1]);
    expect(packedImages).toBe(0);
    const reader = openReader(pack, 8);
    const pixels = new Uint8Array(reader.imageBytes);
    for (const [index, id] of pack.splits.train.ids.entries()) {
      expect(id).toBe(train[index]?.id);
      reader.read('train', index, pixels, 0);
      expect([...pixels.subarray(0, 3)]).toEqual(colourOf(Number(id.at(1)), Number(id.at(2))));
    }
    reader.close();
  });
});
