import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { startDecoder } from '../../../src/data/pack/decode-pool.js';
import { packSomewhere } from '../../../src/data/pack/places.js';
import { repairPack } from '../../../src/data/pack/repair.js';
import { sampleDataset } from './samples.js';

vi.mock('../../../src/data/pack/decode-pool.js', { spy: true });
afterEach(() => vi.restoreAllMocks());

it('packing and repairing decode on the cores that they are given', async () => {
  const { folder, dataset } = await sampleDataset();
  const tell = () => undefined;
  const { pack } = await packSomewhere(dataset, {
    resolutions: [8],
    places: [join(folder, 'cache')],
    tell,
    threads: 3,
  });
  expect(vi.mocked(startDecoder)).toHaveBeenLastCalledWith([8], 19, 3);
  rmSync(join(pack.directory, 'test-00000.8.rgb'));
  expect(await repairPack(dataset, pack, 5)).toBe(3);
  expect(vi.mocked(startDecoder)).toHaveBeenLastCalledWith([8], 3, 5);
});
