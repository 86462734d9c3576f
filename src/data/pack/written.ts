import { existsSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packFileName } from './format.js';

/** The files that one call has put into a folder of packed data, so that it can give back their room where the rest does not fit. */
export class WrittenFiles {
  private readonly inodes = new Map<string, bigint>();

  /** @param inode of the file that was put there: another process may replace it. */
  add(path: string, inode: bigint): void {
    this.inodes.set(path, inode);
  }

  /**
   * Removes those files, and their folder where nothing else is in it. What others have put in their place stays, and so does everything in a folder
   * that holds a finished pack: somebody uses it.
   */
  giveBack(): void {
    const folders = new Set<string>();
    for (const [path, inode] of this.inodes) {
      const folder = dirname(path);
      if (existsSync(join(folder, packFileName))) continue;
      folders.add(folder);
      if (statSync(path, { bigint: true, throwIfNoEntry: false })?.ino === inode) rmSync(path, { force: true });
    }
    this.inodes.clear();
    for (const folder of folders) removeEmpty(folder);
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error;
  }
}
