import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sidesOfFolder } from './earlier.js';

/** What packed data sets take, in folders and bytes. */
export interface CacheUse {
  readonly usable: Use;
  /** Packed by another version of the program: this one reads none of it. */
  readonly others: Use;
}

export interface Use {
  readonly folders: number;
  readonly bytes: number;
}

const isOfAnotherVersion = (name: string): boolean => /^v\d+-[0-9a-f]{16}-/.test(name);

/** Looks at a cache folder; nothing where there is none. Files that packs have in common by links are counted once for each. */
export async function cacheUse(cacheDirectory: string): Promise<CacheUse> {
  const names = await readdir(cacheDirectory).catch(nothing);
  const usable = names.filter((name) => sidesOfFolder(name) !== undefined);
  const others = names.filter((name) => !usable.includes(name) && isOfAnotherVersion(name));
  return { usable: await sizeOf(cacheDirectory, usable), others: await sizeOf(cacheDirectory, others) };
}

async function sizeOf(directory: string, names: readonly string[]): Promise<Use> {
  let bytes = 0;
  for (const name of names) {
    const folder = join(directory, name);
    for (const file of await readdir(folder).catch(nothing)) bytes += await fileBytes(join(folder, file));
  }
  return { folders: names.length, bytes };
}

/** A file that is packed right now may have got another name since. */
async function fileBytes(path: string): Promise<number> {
  return await lstat(path)
    .catch(nothing)
    .then((found) => ('size' in found ? found.size : 0));
}

/** What is not there holds nothing; what else is wrong with it is for whoever asked. */
function nothing(error: NodeJS.ErrnoException): readonly string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
