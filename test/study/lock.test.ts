import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from '../../src/study/lock.js';
import { fillDisk, smallDisk } from './small-disk.js';
import { temporaryFolder } from './tiny-study.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperbudget-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('lock', () => {
  it('refuses a second process and takes over from a dead one', () => {
    const release = takeLock(path);
    expect(() => takeLock(path)).toThrow(/a study that no process works on, got process \d+/);
    release();
    // No process has this number: the largest that Linux gives out is 2^22.
    appendFileSync(path, '99999999 1\n');
    takeLock(path)();
    takeLock(path)();
  });

  it('does not take a reused process number for the old process', () => {
    writeFileSync(path, `${process.pid} 1\n`);
    if (process.platform === 'linux') takeLock(path)();
    else expect(() => takeLock(path)).toThrow();
  });

  it('holds without a start time as long as the process lives: not every system tells it', () => {
    writeFileSync(path, `${process.pid}\n`);
    expect(() => takeLock(path)).toThrow(`process ${process.pid}`);
  });

  it.each(['', 'nonsense\n', '-1\n'])('of no process ("%s") is taken over', (content) => {
    writeFileSync(path, content);
    const release = takeLock(path);
    expect(() => takeLock(path)).toThrow(`process ${process.pid}`);
    release();
    expect(existsSync(path)).toBe(false);
  });

  it('of a process that was killed is taken over although that may not be quite gone', () => {
    writeFileSync(path, `${process.ppid}\n`);
    takeLock(path, 'a study', process.ppid)();
    expect(existsSync(path)).toBe(false);
  });

  it('that a full disk does not take leaves nothing behind', ({ skip }) => {
    const disk = smallDisk(temporaryFolder(), 'disk', '64k');
    if (disk === null) return skip();
    fillDisk(disk);
    const full = join(disk, 'lock');
    expect(() => takeLock(full)).toThrow('ENOSPC');
    expect(existsSync(full)).toBe(false);
    rmSync(join(disk, 'ballast'));
    takeLock(full)();
  });

  it('can be given back twice', () => {
    const release = takeLock(path);
    release();
    expect(release).not.toThrow();
  });
});
