import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyState, fold } from '../../src/state/fold.js';
import type { StudyState } from '../../src/state/types.js';
import { isMisplaced, type Place, placeRows, restoreSubmission } from '../../src/study/place.js';
import { preparation } from '../report/example-study.js';
import { fillDisk, smallDisk } from './small-disk.js';
import { temporaryFolder } from './tiny-study.js';

/** A study in `folder`/study that wants its submission at `target`. */
function placeIn(folder: string, target: string): Place {
  mkdirSync(join(folder, 'study'), { recursive: true });
  const state = preparation
    .map((event) => (event.type === 'study-created' ? { ...event, submissionPath: target } : event))
    .reduce(fold, emptyState);
  return { directory: join(folder, 'study'), state };
}

const rows = [{ id: 'a', label: 'x' }];
const text = 'image_id,label\na,x\n';
const read = (path: string) => readFileSync(path, 'utf8');
const written = (state: StudyState, path: string) =>
  fold(state, { type: 'submission-written', at: 30, source: 'class-prior', trial: null, rung: null, rows: 1, path });

describe('a submission', () => {
  it('stands where the user wants it, with a copy in the folder of the study', () => {
    const folder = temporaryFolder();
    const target = join(folder, 'submission.csv');
    expect(placeRows(placeIn(folder, target), rows)).toEqual({ rows: 1, path: target, problem: null });
    expect([read(target), read(join(folder, 'study', 'submission.csv'))]).toEqual([text, text]);
  });

  it('stands in the folder of the study while it cannot be written elsewhere, and is put there later', () => {
    const folder = temporaryFolder();
    const target = join(folder, 'work', 'submission.csv');
    // A folder in the way: as good as a disk that takes nothing.
    mkdirSync(join(target, 'in the way'), { recursive: true });
    const place = placeIn(folder, target);
    const copy = join(folder, 'study', 'submission.csv');
    const placed = placeRows(place, rows);
    expect(placed).toMatchObject({ path: copy, problem: expect.stringContaining(`the submission stands in ${copy}`) });
    expect(isMisplaced(written(place.state, placed.path))).toBe(true);
    expect(restoreSubmission(place.directory, place.state)).toMatch(/could not be written/);
    rmSync(target, { recursive: true });
    expect(restoreSubmission(place.directory, place.state)).toBeNull();
    expect(read(target)).toBe(text);
    expect(isMisplaced(written(place.state, target))).toBe(false);
  });

  it('needs no copy, and an older copy never takes its place', () => {
    const folder = temporaryFolder();
    const target = join(folder, 'submission.csv');
    const place = placeIn(folder, target);
    rmSync(place.directory, { recursive: true });
    writeFileSync(place.directory, 'no folder');
    expect(placeRows(place, rows)).toMatchObject({ path: target, problem: expect.stringContaining('the copy') });
    expect(read(target)).toBe(text);
  });

  it('that can be written nowhere is an error', () => {
    const folder = temporaryFolder();
    const place = placeIn(folder, join(folder, 'gone', 'submission.csv'));
    rmSync(place.directory, { recursive: true });
    expect(() => placeRows(place, rows)).toThrow(/ENOENT/);
  });

  it('is written to a full disk once there is room again, and the newest one survives there', ({ skip }) => {
    const folder = temporaryFolder();
    const disk = smallDisk(folder, 'study', '64k');
    if (disk === null) return skip('no file system can be mounted here');
    const target = join(folder, 'submission.csv');
    const place = placeIn(folder, target);
    placeRows(place, [{ id: 'a', label: 'older' }]);
    fillDisk(disk);
    const asked: string[] = [];
    const full = placeRows({ ...place, makeRoom: () => asked.push('room') }, rows);
    expect({ asked, path: full.path }).toEqual({ asked: ['room'], path: target });
    expect(full.problem).toMatch(/the copy .* could not be written: ENOSPC/);
    expect(existsSync(join(disk, 'submission.csv'))).toBe(false);
    expect(restoreSubmission(place.directory, place.state)).toBeNull();
    expect(read(target)).toBe(text);
    const freed = placeRows({ ...place, makeRoom: () => rmSync(join(disk, 'ballast')) }, rows);
    expect(freed).toEqual({ rows: 1, path: target, problem: null });
    expect(read(join(disk, 'submission.csv'))).toBe(text);
  });
});
