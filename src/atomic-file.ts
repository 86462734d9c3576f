import { closeSync, copyFileSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from './errors.js';

/**
 * `lasting`: stands after a power cut, too; `fast`: may be lost or torn by one, where the reader tells by a checksum. A killed process loses
 * neither.
 */
export type Durability = 'lasting' | 'fast';

/**
 * Writes a whole file or nothing, also after a power cut unless it is to be fast: to a temporary file in the same folder, fsync, rename, fsync of the folder. Readers
 * see the old content or the new one.
 * @param content text, or bytes in parts that follow one another.
 * @throws InputError when the path cannot be written.
 */
export function writeFileAtomic(
  path: string,
  content: string | readonly Uint8Array[],
  durability: Durability = 'lasting',
): void {
  const parts = typeof content === 'string' ? [content] : content;
  replace(
    path,
    (temporary) => {
      const file = openSync(temporary, 'wx');
      try {
        for (const part of parts) writeFileSync(file, part);
      } finally {
        closeSync(file);
      }
    },
    durability,
  );
}

/**
 * Copies a file like `writeFileAtomic` writes one.
 * @throws InputError when `to` cannot be written or `from` cannot be read.
 */
export function copyFileAtomic(from: string, to: string): void {
  replace(to, (temporary) => copyFileSync(from, temporary), 'lasting');
}

/** The process that writes, or wrote, a temporary file of this module; null for every other file. */
export function writerOf(path: string): number | null {
  const pid = /^\..+\.(\d+)\.tmp$/.exec(basename(path))?.[1];
  return pid === undefined ? null : Number(pid);
}

function replace(path: string, fill: (temporary: string) => void, durability: Durability): void {
  const folder = dirname(resolve(path));
  const temporary = join(folder, `.${basename(path)}.${process.pid}.tmp`);
  try {
    requireFile(path);
    rmSync(temporary, { force: true });
    fill(temporary);
    if (durability === 'lasting') synchronise(temporary);
    renameSync(temporary, path);
    if (durability === 'lasting') synchronise(folder);
  } catch (error) {
    remove(temporary);
    throw explain(path, temporary, error);
  }
}

/** A rename would put a file in the place of a device, such as /dev/null, for everybody. */
function requireFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return;
  const got = found.isDirectory() ? 'a folder' : 'a device or a pipe';
  throw new InputError(path, 'a file, or nothing yet', got, 'another path');
}

/** After an error: why the file cannot be written matters more than why nothing can be removed. */
function remove(temporary: string): void {
  try {
    rmSync(temporary, { force: true });
  } catch {
    // Its name alone may be what is wrong with it.
  }
}

function synchronise(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const pathProblems = new Set(['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG']);

/** A full disk is not the user's input: that error stays what it is. Nobody has asked for the temporary file, so none is named. */
function explain(path: string, temporary: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return error;
  if (!pathProblems.has(error.code)) return error;
  const got = error.message.replaceAll(temporary, path);
  return new InputError(path, 'a path that can be written', got, 'an existing folder with write permission', {
    cause: error,
  });
}
