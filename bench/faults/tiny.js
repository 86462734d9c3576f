import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { Chance } from './chance.js';

const side = 16;
const colours = Object.entries({
  red: [200, 60, 60],
  green: [60, 200, 60],
  blue: [60, 60, 200],
  grey: [120, 120, 120],
});
const counts = { train: 200, val: 40, test: 40 };

/** A space of small networks whose search fits into seconds. */
const space = `name: tiny
parameters:
  resolution: 16
  network.width: {type: int, low: 4, high: 8, default: 8}
  network.stages: 2
  optimizer.batchSize: 16
  optimizer.learningRate: {type: float, low: 0.05, high: 0.5, log: true, default: 0.2}
scheduler: {kind: hyperband, eta: 3, min: 1}
budget: {searchShare: 0.6}
`;

export const testIds = Array.from({ length: counts.test }, (_, image) => `test${image}`);

/** Noisy squares of four colours in `folder`/data, and a space in `folder`/space.yaml. */
export async function writeTinyData(folder) {
  const chance = new Chance('squares');
  for (const [split, count] of Object.entries(counts)) {
    mkdirSync(join(folder, 'data', split), { recursive: true });
    const rows = ['image_id,class'];
    for (let image = 0; image < count; image++) {
      const [name, colour] = colours[image % colours.length];
      const pixels = Uint8Array.from(
        { length: side * side * 3 },
        (_, place) => colour[place % 3] + chance.between(0, 55),
      );
      await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toFile(join(folder, 'data', split, `${split}${image}.png`));
      rows.push(`${split}${image},${name}`);
    }
    if (split !== 'test') writeFileSync(join(folder, 'data', `${split}.csv`), `${rows.join('\n')}\n`);
  }
  writeFileSync(join(folder, 'space.yaml'), space);
}
