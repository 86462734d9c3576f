import { join } from 'node:path';
import { readDataset } from '../../../src/data/dataset.js';
import type { Dataset } from '../../../src/data/types.js';
import { png, temporaryFolder, writeFiles } from '../samples.js';

/** Colours that tell images apart: class in red, number in green. */
export const colourOf = (label: number, number: number): [number, number, number] => [label * 100, number * 10, 50];

/** Class folders `0` and `1` with 6 training, 2 validation images each and 3 test images of 8 × 8 pixels; files can be replaced. */
export async function sampleDataset(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<{ readonly folder: string; readonly dataset: Dataset }> {
  const folder = temporaryFolder();
  const all: Record<string, Uint8Array> = {};
  for (const label of [0, 1]) {
    for (let number = 0; number < 6; number++) {
      all[`data/train/${label}/t${label}${number}.png`] = await png(8, colourOf(label, number));
      if (number < 2) all[`data/val/${label}/v${label}${number}.png`] = await png(8, colourOf(label, number));
    }
  }
  for (let number = 0; number < 3; number++) all[`data/test/x${number}.png`] = await png(8, colourOf(2, number));
  writeFiles(folder, { ...all, ...files });
  return { folder, dataset: await readDataset(join(folder, 'data'), { seed: 1, needTest: true }) };
}
