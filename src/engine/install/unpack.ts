import { chmodSync, createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { makeFolder } from '../../folder.js';

export interface UnpackOptions {
  /** Bytes written since the last call. */
  readonly onBytes: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Takes files out of a zip archive, of any size, and checks them against the archive's CRC.
 * @param select the path within `folder` that an entry goes to; null for entries that are not wanted.
 * @returns names of the entries taken.
 * @throws Error when the archive or a file in it is damaged.
 */
export async function unpack(
  archive: string,
  folder: string,
  select: (entry: string) => string | null,
  { onBytes, signal }: UnpackOptions,
): Promise<ReadonlySet<string>> {
  const zip = await openPromise(archive, { autoClose: false });
  const taken = new Set<string>();
  try {
    for await (const entry of zip.eachEntry()) {
      const path = entry.fileName.endsWith('/') ? null : select(entry.fileName);
      if (path === null) continue;
      await writeEntry(zip, entry, join(folder, path), { onBytes, ...(signal && { signal }) });
      taken.add(entry.fileName);
    }
  } finally {
    zip.close();
  }
  return taken;
}

async function writeEntry(zip: ZipFile, entry: Entry, path: string, { onBytes, signal }: UnpackOptions): Promise<void> {
  makeFolder(dirname(path));
  let crc = 0;
  const check = new Transform({
    transform(chunk: Uint8Array, _encoding, callback) {
      crc = crc32(chunk, crc);
      onBytes(chunk.length);
      callback(null, chunk);
    },
  });
  await pipeline(
    await zip.openReadStreamPromise(entry),
    check,
    createWriteStream(path),
    ...(signal ? [{ signal }] : []),
  );
  if (crc !== entry.crc32) throw new Error(`${entry.fileName}: damaged in the archive, its checksum differs`);
  if (isExecutable(entry)) chmodSync(path, 0o755);
}

/** Zip archives made on Unix hold the file's mode in the upper half of the attributes. */
const isExecutable = ({ externalFileAttributes }: Entry): boolean => ((externalFileAttributes >>> 16) & 0o100) !== 0;
