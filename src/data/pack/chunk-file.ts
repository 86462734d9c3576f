import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { writeAtomically } from './disk.js';
import { type ChunkContent, type ChunkFile, chunkFile } from './format.js';
import type { WrittenFiles } from './written.js';

const checksumOf = ({ record, sources, odd }: ChunkContent): number => crc32(JSON.stringify([record, sources, odd]));

/** Reads the description of a finished chunk; undefined where it is missing or damaged. */
export async function readChunkFile(path: string): Promise<ChunkContent | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Damaged: the chunk is packed anew, which replaces it.
    return undefined;
  }
  const { success, data } = chunkFile.safeParse(json);
  return success && data.checksum === checksumOf(data) ? data : undefined;
}

/** @throws PlaceError where the disk does not take it */
export async function writeChunkFile(path: string, content: ChunkContent, written?: WrittenFiles): Promise<void> {
  const file: ChunkFile = { checksum: checksumOf(content), ...content };
  await writeAtomically(path, JSON.stringify(file), written);
}
