import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { orderClasses, readDataset } from '../../src/data/dataset.js';
import { InputError } from '../../src/errors.js';
import { emptyFiles, temporaryFolder, writeFiles } from './samples.js';

const read = (folder: string, seed = 1) => readDataset(folder, { seed, needTest: false });

/** Class folders a (10 images), b (4) and c (1). */
function classFolders(): string {
  const folder = temporaryFolder();
  const names = (name: string, count: number) =>
    Array.from({ length: count }, (_, k) => `train/${name}/${name}${k}.png`);
  writeFiles(folder, emptyFiles(...names('a', 10), ...names('b', 4), ...names('c', 1)));
  return folder;
}

describe('classes', () => {
  test('are ordered by number where all are whole numbers, else alphabetically', () => {
    expect(orderClasses(['10', '9', '-1', '9'])).toEqual(['-1', '9', '10']);
    expect(orderClasses(['10', '9', 'shoe'])).toEqual(['10', '9', 'shoe']);
  });
});

describe('class names', () => {
  test('that no checkpoint could hold are refused before anything is trained, with their line', async () => {
    const folder = temporaryFolder();
    const table = (name: string) => `image_id,class\na,1\nb,${name}\n`;
    writeFiles(folder, {
      ...emptyFiles('train/a.png', 'train/b.png', 'test/x.png'),
      'train.csv': table('x'.repeat(1001)),
    });
    await expect(read(folder)).rejects.toThrow(
      /train\.csv:3: expected a class name of at most 1000 characters, got one/,
    );
  });
});

describe('a data set without validation images', () => {
  test('has a stratified tenth of its training images held out, none of a class with one image', async () => {
    const { train, validation } = await read(classFolders());
    expect(validation.map(({ label }) => label)).toEqual([0, 1]);
    expect(train).toHaveLength(13);
    const paths = [...train, ...validation].map(({ path }) => path);
    expect(new Set(paths).size).toBe(15);
  });

  test('has the same images held out for the same seed, others for another', async () => {
    const folder = classFolders();
    const ids = async (seed: number) => (await read(folder, seed)).validation.map(({ id }) => id).join();
    expect(await ids(1)).toBe(await ids(1));
    const all = await Promise.all([1, 2, 3, 4, 5, 6].map(ids));
    expect(new Set(all).size).toBeGreaterThan(1);
  });

  test('with one image a class cannot be split', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, emptyFiles('a/1.png', 'b/1.png'));
    await expect(read(folder)).rejects.toThrow(/at least 2 images/);
  });
});

describe('a data set', () => {
  test('with one class or no images is an input error', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, emptyFiles('train/a/1.png', 'train/a/2.png'));
    await expect(read(folder)).rejects.toThrow(/at least 2 classes/);
    const empty = temporaryFolder();
    writeFiles(empty, emptyFiles('train/a/readme.txt'));
    await expect(read(empty)).rejects.toThrow(/training images/);
  });

  test('in a folder that is missing or holds none of the layouts is an input error', async () => {
    const folder = temporaryFolder();
    await expect(read(join(folder, 'nowhere'))).rejects.toThrow(/no such folder/);
    await expect(read(folder)).rejects.toThrow(/expected train\.csv with train\//);
    await expect(read(folder)).rejects.toBeInstanceOf(InputError);
    writeFiles(folder, emptyFiles('train/a.png'));
    await expect(read(folder)).rejects.toThrow(/expected train\.csv beside train\//);
  });

  test('that must have test images says what would be there', async () => {
    const folder = classFolders();
    await expect(readDataset(folder, { seed: 1, needTest: true })).rejects.toThrow(
      /test: expected a flat folder with the images to predict, got no such folder/,
    );
    writeFiles(folder, emptyFiles('test/notes.txt'));
    await expect(readDataset(folder, { seed: 1, needTest: true })).rejects.toThrow(/without images/);
    writeFiles(folder, emptyFiles('test/x.png'));
    expect((await readDataset(folder, { seed: 1, needTest: true })).test).toHaveLength(1);
  });

  test('with train.csv is read as the competition even beside class folders', async () => {
    const folder = classFolders();
    writeFiles(folder, {
      ...emptyFiles('train/p.png', 'train/q.png', 'train/r.png', 'train/s.png'),
      'train.csv': 'image_id,class\np,1\nq,1\nr,0\ns,0\n',
    });
    expect((await read(folder)).layout).toBe('competition');
  });
});
