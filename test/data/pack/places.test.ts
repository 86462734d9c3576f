import { appendFileSync, readdirSync, statfsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PlaceError } from '../../../src/data/pack/disk.js';
import { packSomewhere } from '../../../src/data/pack/places.js';
import type { Dataset } from '../../../src/data/types.js';
import { fillDisk, smallDisk } from '../../study/small-disk.js';
import { temporaryFolder, tinyDataset } from '../../study/tiny-study.js';
import { writeFiles } from '../samples.js';

async function packIn(dataset: Dataset, places: readonly string[]) {
  const told: string[] = [];
  const tell = (message: string) => told.push(message);
  const result = await packSomewhere(dataset, { resolutions: [8], places, tell }).catch((error: unknown) => error);
  return { result, told };
}

describe('packing in one of several places', () => {
  it('takes the first that can be written, and says why it passes over others', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { file: '' });
    const dataset = await tinyDataset(folder);
    const places = [join(folder, 'file', 'cache'), join(folder, 'good'), join(folder, 'unused')];
    const { result, told } = await packIn(dataset, places);
    expect(result).toMatchObject({ pack: { directory: expect.stringContaining(join(folder, 'good')) } });
    expect(told).toEqual([
      expect.stringMatching(/cannot be packed in .*file\/cache: expected .*ENOTDIR.*good is tried$/),
    ]);
  });

  it('takes the next where a disk is full, and needs no room for what is packed already', async ({ skip }) => {
    const folder = temporaryFolder();
    const disk = smallDisk(folder, 'cache', '64k');
    if (disk === null) return skip('no file system can be mounted here');
    const dataset = await tinyDataset(folder);
    const places = [disk, join(folder, 'good')];
    expect((await packIn(dataset, places)).told).toEqual([]);
    fillDisk(disk);
    expect(await packIn(dataset, places)).toMatchObject({ result: { reused: true }, told: [] });
    const other = smallDisk(folder, 'other', '64k') ?? '';
    fillDisk(other);
    const { result, told } = await packIn(dataset, [other, join(folder, 'good')]);
    expect(result).toMatchObject({ pack: { directory: expect.stringContaining('good') } });
    expect(told).toEqual([expect.stringMatching(/cannot be packed in .*other: expected .* got .*; .*good is tried$/)]);
  });

  it('packs the largest images smaller where there is no room for them, and says so', async ({ skip }) => {
    const folder = temporaryFolder();
    const disk = smallDisk(folder, 'cache', '256k');
    if (disk === null) return skip('no file system can be mounted here');
    const dataset = await tinyDataset(folder);
    const told: string[] = [];
    const tell = (message: string) => told.push(message);
    // 11 images take 203 kB at 64 + 32 px and 304 kB with 96 px, too; 45 kB at 36 px.
    const { pack } = await packSomewhere(dataset, { resolutions: [32, 96], places: [disk], tell });
    expect(pack.resolutions).toEqual([32]);
    expect(told).toEqual([
      expect.stringMatching(
        /^no folder has room for the images at 96 px \(\d+ kB in all\): they are packed with 32 px at most/,
      ),
    ]);
    const only = await packSomewhere(dataset, { resolutions: [100], places: [disk], tell });
    expect(only.pack.resolutions.every((side) => side >= 32 && side < 100)).toBe(true);
  });

  it('packs the largest smaller where the disk fills up midway, in the room that it gives back', async ({ skip }) => {
    const folder = temporaryFolder();
    const disk = smallDisk(folder, 'cache', '1m');
    if (disk === null) return skip('no file system can be mounted here');
    const dataset = await tinyDataset(folder);
    const told: string[] = [];
    let isFull = false;
    const { pack } = await packSomewhere(dataset, {
      // Chunks of 2 images; the first three, of 55 kB each, are written before another program fills the disk.
      ...{ resolutions: [32, 96], places: [disk], chunkImages: 2, tell: (message) => told.push(message) },
      onProgress: (done) => {
        if (done < 7 || isFull) return;
        isFull = true;
        fillDisk(disk);
      },
    });
    expect(pack.resolutions).toEqual([32]);
    expect(told).toHaveLength(1);
    expect(readdirSync(disk).sort()).toEqual(['ballast', basename(pack.directory)]);
  });

  it('leaves the chunks of earlier calls where they are when it packs smaller', async ({ skip }) => {
    const folder = temporaryFolder();
    const disk = smallDisk(folder, 'cache', '1m');
    if (disk === null) return skip('no file system can be mounted here');
    const dataset = await tinyDataset(folder);
    const options = { resolutions: [32, 96], places: [disk], chunkImages: 2, tell: () => undefined };
    const stop = new AbortController();
    const interrupted = packSomewhere(dataset, {
      ...{ ...options, signal: stop.signal },
      onProgress: (done) => {
        if (done === 3) stop.abort(new Error('stopped'));
      },
    });
    await expect(interrupted).rejects.toThrow('stopped');
    const [name = ''] = readdirSync(disk);
    const before = readdirSync(join(disk, name)).sort();
    expect(before.filter((file) => file.endsWith('.json'))).toEqual(['train-00000.json', 'train-00001.json']);
    fillDisk(disk, 400_000);
    let isFull = false;
    const { pack } = await packSomewhere(dataset, {
      ...options,
      onProgress: (done) => {
        if (done < 9 || isFull) return;
        isFull = true;
        appendFileSync(join(disk, 'more'), Buffer.alloc(statfsSync(disk).bavail * statfsSync(disk).bsize));
      },
    });
    expect(pack.resolutions).toEqual([32]);
    expect(readdirSync(join(disk, name)).sort()).toEqual(before);
  });

  it('says how much room is needed where there is none', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { file: '' });
    const dataset = await tinyDataset(folder);
    const { result } = await packIn(
      dataset,
      ['a', 'b'].map((name) => join(folder, 'file', name)),
    );
    expect(result).toBeInstanceOf(PlaceError);
    // 11 images of 8 x 8 pixels.
    expect(String(result)).toMatch(
      /packing: expected a folder with 3 kB of free disk, got .*file\/a \(.*ENOTDIR.*file\/b/,
    );
  });
});
