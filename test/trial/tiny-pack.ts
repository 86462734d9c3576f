import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDataset } from '../../src/data/dataset.js';
import { encodeGreyPng } from '../../src/data/example/png.js';
import { packDataset } from '../../src/data/pack/pack.js';

const side = 16;

/** Class 0 is bright above, class 1 below, with a little noise. */
function picture(label: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: side * side }, (_, pixel) => {
    const below = pixel >= (side * side) / 2;
    return (below === (label === 1) ? 180 : 40) + ((pixel * 31 + seed * 57) % 40);
  });
}

/** Makes and packs a data set of two classes, 64 train, 32 validation and 10 test images of 16 px; returns the pack's folder. */
export async function tinyPack(folder: string, resolutions: readonly number[] = [side]): Promise<string> {
  const source = join(folder, 'images');
  const splits = [
    { name: 'train', count: 64 },
    { name: 'val', count: 32 },
    { name: 'test', count: 10 },
  ];
  for (const { name, count } of splits) {
    mkdirSync(join(source, name), { recursive: true });
    const rows = ['image_id,class'];
    for (let image = 0; image < count; image++) {
      const id = `${name}${image}`;
      rows.push(`${id},${image % 2 === 0 ? 'above' : 'below'}`);
      writeFileSync(join(source, name, `${id}.png`), encodeGreyPng(picture(image % 2, image), side, side));
    }
    if (name !== 'test') writeFileSync(join(source, `${name}.csv`), `${rows.join('\n')}\n`);
  }
  const dataset = await readDataset(source, { seed: 1, needTest: true });
  const { pack } = await packDataset(dataset, { resolutions, cacheDirectory: join(folder, 'cache') });
  return pack.directory;
}
