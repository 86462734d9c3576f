import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { InputError, messageOf } from '../../errors.js';
import { makeFolder } from '../../folder.js';
import { storedBytes } from './stored-size.js';
import type { WrittenFiles } from './written.js';

const temporaryName = /\.[0-9a-f]{16}\.tmp$/;
const staleSeconds = 3600;

/** A name beside a file for what is to replace it; left-overs are told by it. */
export const temporaryNameOf = (path: string): string => `${path}.${randomBytes(8).toString('hex')}.tmp`;

/** Bytes for people: `1.5 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Bytes of images packed at several sides in pixels. */
export function packedBytes(images: number, sides: readonly number[]): number {
  return sides.reduce((sum, side) => sum + images * storedBytes(side), 0);
}

/** The code of what a system call has failed with; none for other errors. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** A folder cannot hold packed data: it has no room or cannot be written. Another one may. */
export class PlaceError extends InputError {}

/** A folder has no room for packed data of that size. */
export class RoomError extends PlaceError {}

/** What went wrong in writing `path` in the cache folder, in words. */
export function diskError(path: string, error: unknown): PlaceError {
  const directory = dirname(path);
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new RoomError(directory, 'room for the packed images', 'a full disk', 'freeing space; packing goes on', {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new PlaceError(directory, 'a writable cache folder', messageOf(error), 'another cache folder', {
        cause: error,
      });
    default:
      return new PlaceError(path, 'a disk that can be written', messageOf(error), 'a cache folder on another disk', {
        cause: error,
      });
  }
}

/**
 * Replaces a file as a whole: others see the old one or the new one, and several writers at once do no harm.
 *
 * @param written hears of the file that now stands there
 * @throws PlaceError where the disk is full or the folder not writable
 */
export async function writeAtomically(
  path: string,
  content: Uint8Array | string,
  written?: WrittenFiles,
): Promise<void> {
  const temporary = temporaryNameOf(path);
  try {
    await writeFile(temporary, content);
    const { ino } = await stat(temporary, { bigint: true });
    await rename(temporary, path);
    written?.add(path, ino);
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(path, error);
  }
}

/** @throws PlaceError where the folder cannot be made or has less room than needed */
export function prepareFolder(directory: string, neededBytes: number): void {
  try {
    makeFolder(directory);
  } catch (error) {
    throw diskError(directory, error);
  }
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize < neededBytes) {
    throw new RoomError(
      directory,
      `${formatBytes(neededBytes)} of free disk for the packed images`,
      formatBytes(bavail * bsize),
      'freeing space, smaller resolutions, or a cache folder on another disk',
    );
  }
}

/** Removes what killed processes left half written; younger files may still be in the making elsewhere. */
export function removeStale(directory: string, nowSeconds: number): void {
  for (const name of readdirSync(directory)) {
    if (!temporaryName.test(name)) continue;
    const written = statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs;
    if (written !== undefined && nowSeconds - written / 1000 > staleSeconds)
      rmSync(join(directory, name), { force: true });
  }
}

const sliceBytes = 4 * 1024 * 1024;

/** CRC-32 of a file that must have `bytes` bytes; undefined where it is missing or has another size. */
export async function fileChecksum(path: string, bytes: number): Promise<number | undefined> {
  if (statSync(path, { throwIfNoEntry: false })?.size !== bytes) return undefined;
  const file = await open(path, 'r');
  try {
    const slice = Buffer.allocUnsafe(Math.min(bytes, sliceBytes));
    let checksum = 0;
    for (let done = 0; done < bytes; ) {
      const { bytesRead } = await file.read(slice, 0, slice.length, done);
      if (bytesRead === 0) return undefined;
      checksum = crc32(slice.subarray(0, bytesRead), checksum);
      done += bytesRead;
    }
    return checksum;
  } finally {
    await file.close();
  }
}
