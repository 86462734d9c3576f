import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDataset } from '../../../src/data/dataset.js';
import { areWholeNames } from '../../../src/data/layouts/ids.js';
import { emptyFiles, temporaryFolder, writeFiles } from '../samples.js';

const read = (folder: string) => readDataset(folder, { seed: 1, needTest: false });

/** A correct data set with some files replaced or added. */
function competition(files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  writeFiles(folder, {
    ...emptyFiles('train/a.jpeg', 'train/b.JPG', 'train/c.png', 'val/d.webp', 'test/z.jpeg', 'test/y.extra.jpeg'),
    'train.csv': 'image_id,class\na,10\nb,9\nc,10\n',
    'val.csv': 'image_id,class\r\nd,10\r\n',
    ...files,
  });
  return folder;
}

describe('what is no file', () => {
  test.each(['pipe', 'device'])('is refused where an image should be: a %s, which may never end', async (kind) => {
    const folder = competition();
    if (kind === 'pipe') spawnSync('mkfifo', [join(folder, 'train/p.png')]);
    else symlinkSync('/dev/zero', join(folder, 'train/p.png'));
    await expect(read(folder)).rejects.toThrow(/train\/p\.png: expected an image file, got a device or a pipe/);
  });

  test('is refused for a table, too', async () => {
    const folder = competition();
    rmSync(join(folder, 'train.csv'));
    symlinkSync('/dev/zero', join(folder, 'train.csv'));
    await expect(read(folder)).rejects.toThrow(/train\.csv: expected a readable CSV file, got a device or a pipe/);
  });

  test('is left to packing where an image is a link to nothing or in a circle', async () => {
    const folder = competition();
    symlinkSync('nowhere', join(folder, 'test/n.png'));
    symlinkSync('o.png', join(folder, 'test/o.png'));
    expect((await read(folder)).test.map(({ id }) => id)).toEqual(['n', 'o', 'y', 'z']);
  });

  test('leads nowhere where links go in a circle', async () => {
    const folder = competition();
    rmSync(join(folder, 'val'), { recursive: true });
    symlinkSync('val', join(folder, 'val'));
    await expect(read(folder)).rejects.toThrow(/val: expected a file or a folder, got ELOOP/);
  });
});

describe('the competition layout', () => {
  test.each(['../../x', '/etc/passwd', 'a\0b', '..', 'sub/a'])(
    'refuses the image_id %j with file and line',
    async (id) => {
      const folder = competition({ 'train.csv': `image_id,class\na,10\n${id},9\n` });
      await expect(read(folder)).rejects.toThrow(/train\.csv:3: expected an image_id that is a plain name, got "/);
    },
  );

  test('gives labels as indexes into the classes in numeric order', async () => {
    const { layout, classes, train, validation } = await read(competition());
    expect(layout).toBe('competition');
    expect(classes).toEqual(['9', '10']);
    expect(train.map(({ id, label }) => [id, label])).toEqual([
      ['a', 1],
      ['b', 0],
      ['c', 1],
    ]);
    expect(validation.map(({ id, label }) => [id, label])).toEqual([['d', 1]]);
  });

  test('takes test ids up to the first dot, ordered by id', async () => {
    const { test: images } = await read(competition());
    expect(images.map(({ id, label }) => [id, label])).toEqual([
      ['y', -1],
      ['z', -1],
    ]);
  });

  test('takes every kind of picture that can be read, and nothing else', async () => {
    const { test: images } = await read(
      competition(emptyFiles('test/g.gif', 'test/t.TIFF', 'test/s.tif', 'test/v.avif', 'test/p.bmp', 'test/n.txt')),
    );
    expect(images.map(({ id }) => id)).toEqual(['g', 's', 't', 'v', 'y', 'z']);
  });

  test('has whole names without the ending as ids of a folder where the table wants them, and of all test images then', async () => {
    const {
      train,
      validation,
      test: images,
    } = await read(
      competition({
        ...emptyFiles('train/2019.05.12.jpg', 'train/2019.06.01.jpg', 'train/e.jpg', 'test/2020.01.01.png'),
        'train.csv': 'image_id,class\n2019.05.12,10\n2019.06.01,9\ne,10\n',
      }),
    );
    expect(train.map(({ id, path }) => [id, basename(path)])).toEqual([
      ['2019.05.12', '2019.05.12.jpg'],
      ['2019.06.01', '2019.06.01.jpg'],
      ['e', 'e.jpg'],
    ]);
    expect(validation.map(({ id }) => id)).toEqual(['d']);
    expect(images.map(({ id }) => id)).toEqual(['2020.01.01', 'y.extra', 'z']);
    expect(areWholeNames(images)).toBe(true);
  });

  test('has whole names as ids of all test images where two would have the same up to the first dot', async () => {
    const { test: images } = await read(competition(emptyFiles('test/2019.05.12.png', 'test/2019.06.01.png')));
    expect(images.map(({ id }) => id)).toEqual(['2019.05.12', '2019.06.01', 'y.extra', 'z']);
    expect(areWholeNames((await read(competition())).test)).toBe(false);
  });

  test('refuses two test images of one id where the table shows that ids end at the first dot', async () => {
    const files = emptyFiles('train/f.rf.9ab.jpg', 'test/g.rf.a.jpg', 'test/g.rf.b.jpg');
    const folder = competition({ ...files, 'train.csv': 'image_id,class\na,10\nb,9\nf,9\n' });
    await expect(read(folder)).rejects.toThrow(/one file an image id, got "g"/);
  });

  test('has ids up to the first dot in a table where no more are found by whole names', async () => {
    const rows = 'image_id,class\na,10\nb,9\nc,10\nf,9\n';
    const { train } = await read(competition({ ...emptyFiles('train/f.extra.png'), 'train.csv': rows }));
    expect(train.map(({ id, path }) => [id, basename(path)]).at(-1)).toEqual(['f', 'f.extra.png']);
  });

  test('refuses a test image whose name is no UTF-8: no submission could name it', async ({ skip }) => {
    const folder = competition();
    try {
      writeFileSync(
        Buffer.concat([Buffer.from(join(folder, 'test/caf')), Buffer.from([0xe9]), Buffer.from('.png')]),
        '',
      );
    } catch {
      return skip('the file system takes no such name');
    }
    await expect(read(folder)).rejects.toThrow(/test\/caf\ufffd\.png: expected a file name in UTF-8/);
  });

  test('takes a test image whose name holds the replacement character itself', async () => {
    const { test: images } = await read(competition(emptyFiles('test/caf\ufffd.png')));
    expect(images.map(({ id }) => id)).toContain('caf\ufffd');
  });

  test('takes the usual file of a picture that is there in another format, too', async () => {
    const files = emptyFiles('train/a.tif', 'train/b.gif', 'test/z.TIFF', 'test/w.gif', 'test/w.tif');
    await expect(read(competition(files))).rejects.toThrow(/one file an image id/);
    const { train, test: images } = await read(competition(emptyFiles('train/a.tif', 'train/b.gif', 'test/z.TIFF')));
    expect(train.map(({ path }) => path.split('/').at(-1))).toEqual(['a.jpeg', 'b.JPG', 'c.png']);
    expect(images.map(({ path }) => path.split('/').at(-1))).toEqual(['y.extra.jpeg', 'z.jpeg']);
  });

  test('leaves hidden files and images that are not listed alone', async () => {
    const { train, test: images } = await read(competition(emptyFiles('train/other.png', 'test/.hidden.png')));
    expect(train).toHaveLength(3);
    expect(images).toHaveLength(2);
  });

  test.each([
    [
      'an image listed twice',
      'a,10\nb,9\na,10\n',
      /train\.csv:4: expected every image_id once, got "a", listed in line 2/,
    ],
    [
      'an image that is not there',
      'a,10\nbb,9\n',
      /train\.csv:3: expected an image .*bb with one of the endings .*\.gif.* got no such file/,
    ],
    ['an id with its extension', 'a,10\nb.JPG,9\n', /train\.csv:3: .*try "b"/],
    ['an id with a path', 'a,10\n../test/z,9\n', /train\.csv:3: expected an image_id that is a plain name/],
    ['an id that is the folder above', 'a,10\n..,9\n', /train\.csv:3: expected an image_id that is a plain name/],
    ['an id with a backslash', 'a,10\nx\\b,9\n', /train\.csv:3: expected an image_id that is a plain name/],
  ])('refuses %s, with file and line', async (_, rows, message) => {
    await expect(read(competition({ 'train.csv': `image_id,class\n${rows}` }))).rejects.toThrow(message);
  });

  test('refuses a validation class that train.csv lacks, with file and line', async () => {
    const folder = competition({ 'val.csv': 'image_id,class\nd,11\n' });
    await expect(read(folder)).rejects.toThrow(/val\.csv:2: expected a class that the training images have, got "11"/);
  });

  test('refuses an id that two files have', async () => {
    await expect(read(competition(emptyFiles('train/a.png')))).rejects.toThrow(/a\.jpeg and a\.png/);
    await expect(read(competition(emptyFiles('test/z.png')))).rejects.toThrow(/one file an image id/);
  });

  test('refuses a table without its folder', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'train.csv': 'image_id,class\na,1\n' });
    await expect(read(folder)).rejects.toThrow(/train: expected a folder with the images of train\.csv/);
  });

  test('refuses an empty train.csv', async () => {
    await expect(read(competition({ 'train.csv': '' }))).rejects.toThrow(/train\.csv: .*no images/);
  });
});
