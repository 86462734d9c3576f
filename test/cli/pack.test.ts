import { describe, expect, it } from 'vitest';
import { png, writeFiles } from '../data/samples.js';
import { startWith, temporaryFolder } from './program.js';

/** Class folders of images with that side. */
async function dataOf(side: number): Promise<string> {
  const folder = temporaryFolder();
  const image = await png(side, [200, 90, 30]);
  const names = ['train/a/1', 'train/b/2', 'val/a/3', 'val/b/4'];
  writeFiles(folder, Object.fromEntries(names.map((name) => [`data/${name}.png`, image])));
  return folder;
}

async function pack(folder: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout } = await startWith({}, folder, 'pack', 'data', ...words).ended;
  expect(code).toBe(0);
  return stdout;
}

const note = /^note .*a study reads this pack only if it holds all sides that it wants.*--resolution/m;

describe('packing beforehand', () => {
  it('says that the auto space chooses its sides later, where it has a choice', async () => {
    const folder = await dataOf(100);
    const guessed = await pack(folder);
    expect(guessed).toMatch(/^resolutions {2}96$/m);
    expect(guessed).toMatch(note);
    expect(await pack(folder, '--resolution', '32,64')).not.toMatch(note);
  });

  it('packs thumbnails with the one side that the auto space has for them', async () => {
    const stdout = await pack(await dataOf(30));
    expect(stdout).toMatch(/^resolutions {2}28$/m);
    expect(stdout).not.toMatch(note);
  });
});
