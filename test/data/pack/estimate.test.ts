import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { estimatePacking } from '../../../src/data/pack/estimate.js';
import { sampleDataset } from './samples.js';

it('an estimate of packing counts the bytes of all images at all sides, and the time of a sample', async () => {
  const { dataset } = await sampleDataset();
  const estimate = await estimatePacking(dataset, [8, 16]);
  expect(estimate.bytes).toBe(19 * (64 + 256) * 3);
  expect(estimate.coreSeconds).toBeGreaterThan(0);
});

it('an estimate of packing passes over what cannot be read', async () => {
  const { folder, dataset } = await sampleDataset();
  rmSync(join(folder, 'data/train/0/t00.png'));
  symlinkSync('nowhere', join(folder, 'data/train/0/t00.png'));
  expect((await estimatePacking(dataset, [8])).bytes).toBe(19 * 64 * 3);
});
