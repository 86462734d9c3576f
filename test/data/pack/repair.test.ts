import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packDataset } from '../../../src/data/pack/pack.js';
import { repairPack } from '../../../src/data/pack/repair.js';
import { sampleDataset } from './samples.js';

async function packed() {
  const { folder, dataset } = await sampleDataset();
  const { pack } = await packDataset(dataset, { resolutions: [8, 16], cacheDirectory: join(folder, 'cache') });
  const content = () =>
    readdirSync(pack.directory).map((name) => [name, readFileSync(join(pack.directory, name), 'base64')]);
  return { folder, dataset, pack, content, shard: join(pack.directory, 'train-00000.8.rgb') };
}

describe('repairing packed data', () => {
  it.each<[string, (shard: string) => void]>([
    ['cut short', (shard) => truncateSync(shard, 50)],
    ['gone', (shard) => rmSync(shard)],
    [
      'changed in one bit',
      (shard) => {
        const bytes = readFileSync(shard);
        bytes[9] = (bytes[9] ?? 0) ^ 4;
        writeFileSync(shard, bytes);
      },
    ],
  ])('packs a shard again that is %s', async (_, damage) => {
    const { dataset, pack, content, shard } = await packed();
    const before = content();
    damage(shard);
    expect(await repairPack(dataset, pack)).toBe(12);
    expect(content()).toEqual(before);
    expect(await repairPack(dataset, pack)).toBe(0);
  });

  it('leaves packed data alone whose source has changed', async () => {
    const { dataset, pack, content, shard } = await packed();
    truncateSync(shard, 50);
    const before = content();
    writeFileSync(dataset.train[0]?.path ?? '', 'another image');
    await expect(repairPack(dataset, pack)).rejects.toThrow(/has changed since it was packed/);
    expect(content()).toEqual(before);
  });
});
