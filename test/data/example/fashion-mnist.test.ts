import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findClothesPackage, readClothes } from '../../../src/data/example/clothes.js';
import { writeFashionMnist } from '../../../src/data/example/fashion-mnist.js';
import { imageId } from '../../../src/data/example/split.js';
import { InputError } from '../../../src/errors.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fashion-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A package like the real one with 70 images a class; image i of class c has the value c in its first and i in its second pixel. */
function smallPackage(): string {
  const folder = join(root, 'package');
  mkdirSync(join(folder, 'src', 'clothes'), { recursive: true });
  for (let label = 0; label < 10; label++) {
    const data: number[][] = Array.from({ length: 70 }, (_, index) => [
      label,
      index,
      ...new Array<number>(782).fill(0),
    ]);
    if (label === 0) data.splice(10, 0, []);
    if (label === 0) data.push([]);
    writeFileSync(join(folder, 'src', 'clothes', `${label}.json`), JSON.stringify({ data }));
  }
  return folder;
}

const paths = () => ({ directory: join(root, 'data'), labelsPath: join(root, 'labels.csv') });

function write(packageDirectory = smallPackage()): Promise<{ written: boolean }> {
  const { directory, labelsPath } = paths();
  return writeFashionMnist(directory, { labelsPath, packageDirectory, onProgress: () => undefined });
}

function rows(file: string): readonly (readonly [string, string])[] {
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(header).toMatch(/^image_id,(class|label)$/);
  return lines.map((line) => {
    const [id = '', label = ''] = line.split(',');
    return [id, label] as const;
  });
}

test('tables and folders agree, every class has its parts and the images are those of the package', async () => {
  await expect(write()).resolves.toEqual({ written: true });
  const { directory, labelsPath } = paths();
  const tables = { train: join(directory, 'train.csv'), val: join(directory, 'val.csv'), test: labelsPath };
  for (const [folder, perClass] of [
    ['train', 48],
    ['val', 12],
    ['test', 10],
  ] as const) {
    const table = rows(tables[folder]);
    expect(readdirSync(join(directory, folder)).sort()).toEqual(table.map(([id]) => `${id}.png`));
    for (let label = 0; label < 10; label++)
      expect(table.filter(([, own]) => own === `${label}`)).toHaveLength(perClass);
    for (const [id, label] of table.slice(0, 5)) {
      const { data } = await sharp(join(directory, folder, `${id}.png`))
        .toColourspace('b-w')
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(data[0]).toBe(Number(label));
      expect(imageId(Number(label), data[1] ?? -1)).toBe(id);
    }
  }
});

test('the sample submission has every test image with class 0 and the data folder no test label', async () => {
  await write();
  const { directory, labelsPath } = paths();
  const sample = rows(join(directory, 'sample_submission.csv'));
  expect(sample.map(([id]) => id)).toEqual(rows(labelsPath).map(([id]) => id));
  expect(new Set(sample.map(([, label]) => label))).toEqual(new Set(['0']));
  expect(readdirSync(directory).sort()).toEqual(
    ['.complete', 'sample_submission.csv', 'test', 'train', 'train.csv', 'val', 'val.csv'].sort(),
  );
});

test('progress rises to the number of images', async () => {
  const seen: number[] = [];
  const { directory, labelsPath } = paths();
  await writeFashionMnist(directory, {
    labelsPath,
    packageDirectory: smallPackage(),
    onProgress: (done, total) => {
      expect(total).toBe(700);
      seen.push(done);
    },
  });
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(700);
});

test('a second call does nothing', async () => {
  await write();
  await expect(write(join(root, 'no package is needed'))).resolves.toEqual({ written: false });
});

test('a lost labels file is written again without touching the images', async () => {
  await write();
  const { directory, labelsPath } = paths();
  const labels = readFileSync(labelsPath, 'utf8');
  rmSync(labelsPath);
  writeFileSync(join(directory, 'train', 'kept'), '');
  await expect(write()).resolves.toEqual({ written: true });
  expect(readFileSync(labelsPath, 'utf8')).toBe(labels);
  expect(existsSync(join(directory, 'train', 'kept'))).toBe(true);
});

test('a half-written folder is written anew and ends like one written at once', async () => {
  await write();
  const { directory } = paths();
  const whole = readdirSync(directory, { recursive: true }).sort();
  renameSync(join(directory, '.complete'), join(directory, '.incomplete'));
  rmSync(join(directory, 'val.csv'));
  rmSync(join(directory, 'test'), { recursive: true });
  writeFileSync(join(directory, 'train', 'stray.png'), '');
  await expect(write()).resolves.toEqual({ written: true });
  expect(readdirSync(directory, { recursive: true }).sort()).toEqual(whole);
});

test('a folder with other files is refused and left alone', async () => {
  const { directory } = paths();
  mkdirSync(directory);
  writeFileSync(join(directory, 'thesis.txt'), 'mine');
  await expect(write()).rejects.toThrow(InputError);
  expect(readdirSync(directory)).toEqual(['thesis.txt']);
});

test.each([
  ['{"data": [[1, 2]]}', '0.json image 0: expected 784 pixels, got 2'],
  [JSON.stringify({ data: [new Array(784).fill(256)] }), 'expected pixels from 0 to 255'],
  [JSON.stringify({ data: [new Array(784).fill('x')] }), 'expected pixels from 0 to 255'],
  ['{"data": [[1,', '0.json: expected {"data": [[pixels], …]}'],
])('a damaged package file %# is named', async (content, message) => {
  const folder = smallPackage();
  writeFileSync(join(folder, 'src', 'clothes', '0.json'), content);
  await expect(write(folder)).rejects.toThrow(message);
});

test('the installed package has 7,000 images in each class once its empty records are left out', () => {
  const counts = Array.from(readClothes(findClothesPackage()), (clothes) => clothes.length);
  expect(counts).toEqual(new Array(10).fill(7000));
});
