import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiveState, lackingArchives, requireArchives } from '../../../src/engine/install/archives.js';
import { archive, temporaryFolder } from './surroundings.js';

const served = temporaryFolder();
const archives = ['one.whl', 'two.whl', 'three.whl'].map((file) => {
  writeFileSync(join(served, file), `content of ${file}`);
  return archive('pypi', file, served, file);
});
const [one, two, three] = archives;
if (!one || !two || !three) throw new Error('three archives were made');

/** Holds `one` whole, `two` with one byte changed, and no `three`. */
function mixedFolder(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'one.whl'), 'content of one.whl');
  writeFileSync(join(folder, 'two.whl'), 'content of twO.whl');
  return folder;
}

describe('a folder of archives', () => {
  it('is compared byte for byte', async () => {
    const folder = mixedFolder();
    expect(await Promise.all([one, two, three].map((each) => archiveState(each, folder)))).toEqual([
      'complete',
      'different',
      'missing',
    ]);
    writeFileSync(join(folder, 'two.whl'), 'content of two.wh');
    expect(await archiveState(two, folder)).toBe('different');
  });

  it('lacks what is not whole', async () => {
    expect(await lackingArchives(archives, mixedFolder())).toEqual([two, three]);
    expect(await lackingArchives(archives, served)).toEqual([]);
    expect(await lackingArchives(archives, join(served, 'nowhere'))).toEqual(archives);
  });

  it('to install from is refused with a list of what is wrong', async () => {
    const folder = mixedFolder();
    await expect(requireArchives(archives, folder, 'engine install cpu')).rejects.toThrow(
      `engine install cpu: expected 3 files in ${folder}, got a damaged or other two.whl, no three.whl; try`,
    );
    await expect(requireArchives(archives, served, 'engine install cpu')).resolves.toBeUndefined();
  });
});
