import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { InputError, messageOf } from '../../errors.js';
import type { Dataset, SourceImage } from '../types.js';

/** Files looked at between two looks at other events. */
const sliceFiles = 2000;

function describe(directory: string, { path, label }: SourceImage): string {
  try {
    const { size, mtimeMs } = statSync(path);
    return `${relative(directory, path)}\0${label}\0${size}\0${mtimeMs}\n`;
  } catch (error) {
    throw new InputError(path, 'a readable image', messageOf(error), 'the complete data set', { cause: error });
  }
}

/**
 * Stands for a data set's state: class names, and by split each image's name within the data set, label, size in bytes and time of
 * modification. The images themselves are not read.
 *
 * @returns 64 hexadecimal digits
 */
export async function fingerprintOf(dataset: Dataset, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([dataset.layout, dataset.classes]));
  for (const split of ['train', 'validation', 'test'] as const) {
    hash.update(`\0${split}\0`);
    const images = dataset[split];
    for (let begin = 0; begin < images.length; begin += sliceFiles) {
      for (const image of images.slice(begin, begin + sliceFiles)) hash.update(describe(dataset.directory, image));
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    }
  }
  return hash.digest('hex');
}
