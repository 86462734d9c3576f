import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { estimatePacking } from '../../../src/data/pack/estimate.js';
import { plain } from '../samples.js';
import { sampleDataset } from './samples.js';

it('an estimate of packing counts the bytes of all images at all sides, by the shapes of a sample', async () => {
  const { dataset } = await sampleDataset();
  const squares = await estimatePacking(dataset, [8, 16]);
  expect(squares.bytes).toBe(19 * (64 + 256) * 3);
  expect(squares.coreSeconds).toBeGreaterThan(0);
  const lying = await plain(40, 30, [1, 2, 3]).png().toBuffer();
  const names = [0, 1].flatMap((label) =>
    [0, 1, 2, 3, 4, 5].map((number) => `data/train/${label}/t${label}${number}.png`),
  );
  const { dataset: wide } = await sampleDataset(Object.fromEntries(names.map((name) => [name, lying])));
  expect((await estimatePacking(wide, [24])).bytes).toBe(19 * 32 * 24 * 3);
});

it('an estimate of packing passes over what cannot be read', async () => {
  const { folder, dataset } = await sampleDataset();
  rmSync(join(folder, 'data/train/0/t00.png'));
  symlinkSync('nowhere', join(folder, 'data/train/0/t00.png'));
  expect((await estimatePacking(dataset, [8])).bytes).toBe(19 * 64 * 3);
});
