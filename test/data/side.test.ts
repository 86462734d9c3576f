import { join } from 'node:path';
import { expect, it } from 'vitest';
import { typicalSide } from '../../src/data/side.js';
import type { Dataset } from '../../src/data/types.js';
import { plain, temporaryFolder, writeFiles } from './samples.js';

async function dataset(sizes: readonly (readonly [number, number] | 'broken')[]): Promise<Dataset> {
  const folder = temporaryFolder();
  const train = [];
  for (const [index, size] of sizes.entries()) {
    const name = `${index}.png`;
    const content = size === 'broken' ? 'no image' : await plain(size[0], size[1], [9, 9, 9]).png().toBuffer();
    writeFiles(folder, { [name]: content });
    train.push({ id: `${index}`, path: join(folder, name), label: 0 });
  }
  return { directory: folder, layout: 'competition', classes: ['a', 'b'], train, validation: [], test: [] };
}

it('the typical side is the median of the short sides', async () => {
  const wide = [10, 200] as const;
  expect(await typicalSide(await dataset([wide, [300, 20], [64, 48], wide, [500, 500]]))).toBe(20);
});

it('images that cannot be read do not count', async () => {
  expect(await typicalSide(await dataset(['broken', [30, 40], 'broken']))).toBe(30);
  expect(await typicalSide(await dataset(['broken']))).toBe(32);
  expect(await typicalSide(await dataset([]))).toBe(32);
});

it('the sample is spread over the whole data set', async () => {
  // Ordered by class, say: the first half small, the second large.
  const sizes = Array.from({ length: 96 }, (_, index) => (index < 40 ? ([8, 8] as const) : ([24, 24] as const)));
  expect(await typicalSide(await dataset(sizes))).toBe(24);
});
