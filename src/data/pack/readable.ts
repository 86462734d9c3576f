import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { InputError, messageOf } from '../../errors.js';
import { codeOf } from './disk.js';

/**
 * What tells of a file: a link to nothing or in a circle, no permission, a name that is no UTF-8 and so is not the one that was read. Anything else
 * tells of a disk or a network that fails, and may be gone the next time.
 */
const errorsOfFiles: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG']);

/**
 * The state of an image's file; null for one that cannot be read.
 *
 * @throws InputError where nobody can tell
 */
export function readableFile(path: string): Stats | null {
  try {
    // Permissions change neither size nor time.
    accessSync(path, constants.R_OK);
    return statSync(path);
  } catch (error) {
    if (errorsOfFiles.has(codeOf(error))) return null;
    throw new InputError(path, 'a readable image', messageOf(error), 'the complete data set', { cause: error });
  }
}
