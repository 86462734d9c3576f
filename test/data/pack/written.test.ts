import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeAtomically } from '../../../src/data/pack/disk.js';
import { WrittenFiles } from '../../../src/data/pack/written.js';
import { temporaryFolder, writeFiles } from '../samples.js';

describe('what a call has written', () => {
  it('is given back with its folder where nothing else is in it', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'alone/x': '', 'shared/x': '', 'shared/before': '' });
    const written = new WrittenFiles();
    for (const name of ['alone/x', 'shared/x']) await writeAtomically(join(folder, name), 'new', written);
    written.giveBack();
    expect(existsSync(join(folder, 'alone'))).toBe(false);
    expect(readdirSync(join(folder, 'shared'))).toEqual(['before']);
  });

  it('stays where another has replaced it, and where a pack has been finished with it', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'finished/pack.json': '{}' });
    const written = new WrittenFiles();
    const [replaced, used] = [join(folder, 'a'), join(folder, 'finished/a')];
    for (const path of [replaced, used]) await writeAtomically(path, 'ours', written);
    await writeAtomically(replaced, 'theirs');
    written.giveBack();
    expect([replaced, used].map((path) => readFileSync(path, 'utf8'))).toEqual(['theirs', 'ours']);
  });
});
