import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDataset } from '../../../src/data/dataset.js';
import { emptyFiles, temporaryFolder, writeFiles } from '../samples.js';

const read = (folder: string) => readDataset(folder, { seed: 1, needTest: false });

function folderWith(...names: readonly string[]): string {
  const folder = temporaryFolder();
  writeFiles(folder, emptyFiles(...names));
  return folder;
}

describe('class folders', () => {
  test.each(['val', 'valid', 'validation'])('are read from train/ and %s/', async (name) => {
    const folder = folderWith('train/cat/1.jpg', 'train/dog/2.JPEG', `${name}/dog/3.png`, 'test/9.png');
    const { layout, classes, train, validation, test: images } = await read(folder);
    expect(layout).toBe('class-folders');
    expect(classes).toEqual(['cat', 'dog']);
    expect(train.map(({ id, label }) => [id, label])).toEqual([
      ['1', 0],
      ['2', 1],
    ]);
    expect(validation.map(({ id, label }) => [id, label])).toEqual([['3', 1]]);
    expect(images.map(({ id }) => id)).toEqual(['9']);
  });

  test('refuse a validation class that train/ lacks', async () => {
    const folder = folderWith('train/cat/1.jpg', 'train/dog/2.jpg', 'val/dogs/3.png');
    await expect(read(folder)).rejects.toThrow(/expected a class that the training images have, got "dogs"; try "dog"/);
  });

  test('may stand at the top, test apart', async () => {
    const folder = folderWith('cat/1.jpg', 'cat/2.jpg', 'dog/1.jpg', 'dog/2.jpg', 'test/9.png', 'notes/readme.txt');
    const { classes, train, validation, test: images } = await read(folder);
    expect(classes).toEqual(['cat', 'dog']);
    expect([train.length, validation.length, images.length]).toEqual([2, 2, 1]);
  });

  test('may be links', async () => {
    const folder = folderWith('train/cat/1.jpg', 'val/cat/1.jpg', 'elsewhere/2.jpg');
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'train', 'dog'));
    expect((await read(folder)).classes).toEqual(['cat', 'dog']);
  });
});

describe("Kaggle's ImageNet100", () => {
  test('has the classes of all its train folders together', async () => {
    const folder = folderWith(
      'train.X1/n02/n02_1.JPEG',
      'train.X2/n01/n01_1.JPEG',
      'train.X2/n03/n03_1.JPEG',
      'val.X/n03/v.JPEG',
      'Labels.json',
    );
    const { layout, classes, train, validation } = await read(folder);
    expect(layout).toBe('imagenet100');
    expect(classes).toEqual(['n01', 'n02', 'n03']);
    expect(train.map(({ id, label }) => [id, label])).toEqual([
      ['n02_1', 1],
      ['n01_1', 0],
      ['n03_1', 2],
    ]);
    expect(validation.map(({ label }) => label)).toEqual([2]);
  });
});
