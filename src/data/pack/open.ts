import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { z } from 'zod';
import { InputError, messageOf } from '../../errors.js';
import { DamagedDataError } from '../damage.js';
import type { PackedDataset, PackedSplit, SplitName } from '../types.js';
import {
  type ImagesRecord,
  imagesFileName,
  imagesRecord,
  type PackRecord,
  packFileName,
  packRecord,
  shardName,
} from './format.js';
import { storedBytes } from './stored-size.js';

function packError(path: string, got: string, cause?: unknown): DamagedDataError {
  const { message } = new InputError(path, 'a packed data set', got, 'packing the data again: npx hyperbudget pack');
  return new DamagedDataError(message, { cause });
}

function parse<T extends z.ZodType>(path: string, text: string, schema: T): z.infer<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw packError(path, `a damaged file (${messageOf(error)})`, error);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw packError(path, `${issue?.message ?? 'something else'} at ${issue?.path.join('.') || 'the top'}`, result.error);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw packError(path, messageOf(error), error);
  }
}

/**
 * Reads `pack.json` of a packed data set.
 *
 * @throws DamagedDataError where it is missing or not as expected
 */
export function readPackRecord(directory: string): PackRecord {
  const path = join(directory, packFileName);
  return parse(path, readText(path), packRecord);
}

function readImages(directory: string, checksum: number): ImagesRecord {
  const path = join(directory, imagesFileName);
  const text = readText(path);
  if (crc32(text) !== checksum) throw packError(path, 'a file that has changed since');
  return parse(path, text, imagesRecord);
}

/**
 * The ids of the test images, whatever has become of the pixels.
 *
 * @throws DamagedDataError where the description of the packed data is missing or not as expected
 */
export function testIdsOf(directory: string): readonly string[] {
  return readImages(directory, readPackRecord(directory).imagesChecksum).test.ids;
}

/**
 * Opens a packed data set: reads and checks its description and that its files are there with the right sizes; the pixels are not read.
 *
 * @throws DamagedDataError where anything is missing or not as expected
 */
export function openPack(directory: string): PackedDataset {
  const { fingerprint, classes, resolutions, chunks, imagesChecksum } = readPackRecord(directory);
  const counts: Record<SplitName, number> = { train: 0, validation: 0, test: 0 };
  for (const { name, split, count } of chunks) {
    counts[split] += count;
    for (const side of resolutions) {
      const path = join(directory, shardName(name, side));
      const [size, expected] = [statSync(path, { throwIfNoEntry: false })?.size, count * storedBytes(side)];
      if (size !== expected)
        throw packError(path, size === undefined ? 'no such file' : `${size} bytes, not ${expected}`);
    }
  }
  const images = readImages(directory, imagesChecksum);
  const path = join(directory, imagesFileName);
  const split = (name: SplitName): PackedSplit => {
    const { ids, labels } = images[name];
    if (ids.length !== counts[name]) throw packError(path, `${ids.length} ${name} images, not ${counts[name]}`);
    const stray = name === 'test' ? undefined : labels.find((label) => label < 0 || label >= classes.length);
    if (stray !== undefined) throw packError(path, `the label ${stray} among ${classes.length} classes`);
    return { count: ids.length, labels: Int32Array.from(labels), ids };
  };
  const splits = { train: split('train'), validation: split('validation'), test: split('test') };
  return { directory, fingerprint, classes, resolutions, splits };
}
