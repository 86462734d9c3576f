import { readFileSync, statSync } from 'node:fs';
import { InputError, messageOf } from './errors.js';

/** A file that a user hands over. */
export interface InputFile {
  readonly path: string;
  /** What it should be, for messages: `a CSV file`. */
  readonly expected: string;
  /** Where the file is there, but not as expected. */
  readonly tryThis: string;
  /** Largest size in bytes; default 512 MiB, the longest text there can be. */
  readonly mostBytes?: number;
}

const longestTextBytes = 2 ** 29 - 1024;

/**
 * Reads a file that a user hands over. Devices and pipes are refused: their end may never come.
 * @throws InputError where it is missing, unreadable, no regular file or too large.
 */
export function readInputFile({ path, expected, tryThis, mostBytes = longestTextBytes }: InputFile): Buffer {
  try {
    const found = statSync(path);
    if (!found.isFile()) {
      throw new InputError(path, expected, found.isDirectory() ? 'a folder' : 'a device or a pipe', tryThis);
    }
    if (found.size > mostBytes) {
      const limit = `${expected} of at most ${Math.round(mostBytes / 2 ** 20)} MiB`;
      throw new InputError(path, limit, `${Math.round(found.size / 2 ** 20)} MiB`, tryThis);
    }
    return readFileSync(path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const [got, instead] = isMissing ? ['no such file', 'the path of an existing file'] : [messageOf(error), tryThis];
    throw new InputError(path, expected, got, instead, { cause: error });
  }
}
