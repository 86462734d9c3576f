import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError, messageOf } from './errors.js';

/**
 * Makes a folder, and those above it that are missing; one that is there stays as it is. Node's own recursive `mkdirSync` never ends where a
 * system says that there is no such file although the folder above it is there, as in /proc; this one throws.
 * @throws Error from the file system.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const above = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(above)) throw error;
    makeFolder(above);
    makeFolder(path);
  }
}

/**
 * Makes a folder that a user has named.
 * @param where what named it, for the message: `--out`.
 * @throws InputError when it cannot be made or written.
 */
export function makeWritableFolder(path: string, where: string): void {
  try {
    makeFolder(path);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const got = `${path} (${messageOf(error)})`;
    throw new InputError(where, 'a folder that can be written', got, 'another folder', { cause: error });
  }
}
