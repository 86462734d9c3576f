import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeFileAtomic } from '../../src/atomic-file.js';
import { Saves } from '../../src/trial/saves.js';
import { stubContext } from './stub.js';

const folder = mkdtempSync(join(tmpdir(), 'saves-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A path that no file can take, as long as `free` is not called: a folder stands there. */
function taken(name: string) {
  const path = join(folder, name);
  mkdirSync(path);
  return { path, free: () => rmdirSync(path) };
}

describe('a file that a trial writes', () => {
  it('stands, in a folder that is made where there is none', async () => {
    const { context, messages } = stubContext(0, 1);
    const path = join(folder, 'deep', 'er', 'file');
    expect(await new Saves(context, 5).write(path, () => writeFileAtomic(path, 'x'), 100)).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('x');
    expect(messages).toEqual([]);
  });

  it('on the way is due an interval after the last one, and overdue an interval later', async () => {
    const { context } = stubContext(0, 1);
    const saves = new Saves(context, 5);
    const states: (readonly [boolean, boolean])[] = [];
    for (const seconds of [4, 1, 4, 1]) {
      await context.pause(seconds);
      states.push([saves.isDue, saves.isOverdue]);
    }
    expect(states).toEqual([
      [false, false],
      [true, false],
      [true, false],
      [true, true],
    ]);
  });

  it('that the disk does not take is told and tried again once the study has had time to make room', async () => {
    const { path, free } = taken('again');
    const { context, messages } = stubContext(0, 1, undefined, { pause: async () => free() });
    expect(await new Saves(context, 5).write(path, () => writeFileAtomic(path, 'x'), 100)).toBe(true);
    expect(messages).toEqual([{ type: 'write-failed', path, message: expect.any(String) }]);
    expect(readFileSync(path, 'utf8')).toBe('x');
  });

  it('that the disk never takes is given up after three tries, and after one where a later one makes up for it', async () => {
    const { path } = taken('never');
    const { context, messages } = stubContext(0, 1);
    const saves = new Saves(context, 5);
    expect(await saves.write(path, () => writeFileAtomic(path, 'x'), 100)).toBe(false);
    expect(messages).toHaveLength(3);
    expect(await saves.write(path, () => writeFileAtomic(path, 'x'), 0)).toBe(false);
    expect(messages).toHaveLength(4);
    expect(existsSync(join(folder, '.never.tmp'))).toBe(false);
  });

  it('is not waited for past the time there is', async () => {
    const { path } = taken('late');
    const { context, messages } = stubContext(0, 1);
    expect(await new Saves(context, 5).write(path, () => writeFileAtomic(path, 'x'), 1)).toBe(false);
    expect(messages).toHaveLength(2);
    expect(context.now()).toBeLessThanOrEqual(1);
  });

  it('whose content cannot be made is an error of its own', async () => {
    const { context, messages } = stubContext(0, 1);
    const wrong = async () => {
      throw new Error('not finite');
    };
    await expect(new Saves(context, 5).write(join(folder, 'x'), wrong, 100)).rejects.toThrow('not finite');
    expect(messages).toEqual([]);
  });
});

describe('saving on the way', () => {
  it('is due after its interval, and less often where writing is slow', async () => {
    let clock = 0;
    const { context } = stubContext(0, 0, undefined, { now: () => clock });
    const saves = new Saves(context, 10);
    const write = (seconds: number) =>
      saves.write(
        join(folder, 'slow'),
        () => {
          clock += seconds;
        },
        0,
      );
    clock = 9.9;
    expect(saves.isDue).toBe(false);
    clock = 10;
    expect(saves.isDue).toBe(true);
    await write(1);
    // A second is 2 % of 50.
    clock = 11 + 49;
    expect(saves.isDue).toBe(false);
    clock = 11 + 50;
    expect(saves.isDue).toBe(true);
    expect(saves.seconds).toBe(1);
  });
});
