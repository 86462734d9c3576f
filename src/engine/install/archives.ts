import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InputError } from '../../errors.js';
import type { Archive } from './packages.js';
import { fileBytes } from './registry.js';

/** Bytes that are read at a time. */
const chunkBytes = 1 << 20;

export type ArchiveState = 'complete' | 'missing' | 'different';

/** Compares a file of a folder with what its registry serves, by size and SHA-256. */
export async function archiveState(archive: Archive, folder: string): Promise<ArchiveState> {
  const path = join(folder, archive.file);
  const bytes = fileBytes(path);
  if (bytes !== archive.bytes) return bytes === 0 ? 'missing' : 'different';
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: chunkBytes }), hash);
  return hash.digest('hex') === archive.sha256 ? 'complete' : 'different';
}

/** Those archives that a folder does not hold whole. */
export async function lackingArchives(archives: readonly Archive[], folder: string): Promise<readonly Archive[]> {
  const lacking: Archive[] = [];
  for (const archive of archives) {
    if ((await archiveState(archive, folder)) !== 'complete') lacking.push(archive);
  }
  return lacking;
}

/** @throws InputError that lists what a folder to install from lacks, or holds in another state. */
export async function requireArchives(archives: readonly Archive[], folder: string, where: string): Promise<void> {
  const faults: string[] = [];
  for (const archive of archives) {
    const state = await archiveState(archive, folder);
    if (state === 'missing') faults.push(`no ${archive.file}`);
    if (state === 'different') faults.push(`a damaged or other ${archive.file}`);
  }
  if (faults.length === 0) return;
  const files = `${archives.length} ${archives.length === 1 ? 'file' : 'files'} in ${folder}`;
  throw new InputError(where, files, faults.join(', '), '`npx hyperbudget engine download` to fill the folder');
}
