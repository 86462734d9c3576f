import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Mounts a file system of that size, such as `64k`, at `folder`/`name` for the length of a test; null where this user or system cannot. */
export function smallDisk(folder: string, name: string, size: string): string | null {
  const disk = join(folder, name);
  mkdirSync(disk, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    // Not root, or not Linux.
    return null;
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', disk]);
  });
  return disk;
}

/** Fills a disk to its last block with the file `ballast`, leaving about `leaveBytes` free. */
export function fillDisk(disk: string, leaveBytes = 0): void {
  const block = Buffer.alloc(4096);
  const file = openSync(join(disk, 'ballast'), 'w');
  try {
    // Ends when the disk is full.
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
  if (leaveBytes > 0) execFileSync('truncate', ['-s', `-${leaveBytes}`, join(disk, 'ballast')]);
}
