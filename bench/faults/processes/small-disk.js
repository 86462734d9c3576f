import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system in memory that a study's results hardly fit onto. */
export class SmallDisk {
  /** Why there is none; null where it is mounted. */
  problem = null;
  isFull = false;

  constructor(path) {
    this.path = path;
  }

  static mount(path, size = '700k') {
    mkdirSync(path, { recursive: true });
    const disk = new SmallDisk(path);
    const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], {
      encoding: 'utf8',
    });
    if (status !== 0) disk.problem = `not run on a small disk: ${(error?.message ?? stderr).trim()}`;
    return disk;
  }

  /** To the last block. */
  fill() {
    this.isFull = true;
    const file = openSync(join(this.path, 'ballast'), 'w');
    const block = Buffer.alloc(4096);
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  free() {
    this.isFull = false;
    rmSync(join(this.path, 'ballast'), { force: true });
  }

  unmount() {
    if (this.problem === null) spawnSync('umount', ['-l', this.path]);
  }
}
