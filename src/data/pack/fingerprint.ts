import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { InputError, messageOf } from '../../errors.js';
import type { Dataset, SourceImage, SplitName } from '../types.js';

/** Files looked at between two looks at other events. */
const sliceFiles = 2000;

/** A data set's state. */
export interface SourceState {
  /** 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** By split, 16 hexadecimal digits an image: of its name within the data set, size in bytes and time of modification. */
  readonly sources: Readonly<Record<SplitName, readonly string[]>>;
}

function describe(directory: string, { path }: SourceImage): string {
  try {
    const { size, mtimeMs } = statSync(path);
    return `${relative(directory, path)}\0${size}\0${mtimeMs}\n`;
  } catch (error) {
    throw new InputError(path, 'a readable image', messageOf(error), 'the complete data set', { cause: error });
  }
}

/**
 * What stands for a data set's state: class names, and by split each image's name within the data set, label, size in bytes and time of
 * modification. The images themselves are not read.
 */
export async function sourceState(dataset: Dataset, signal?: AbortSignal): Promise<SourceState> {
  const hash = createHash('sha256').update(JSON.stringify([dataset.layout, dataset.classes]));
  const sources: Record<SplitName, string[]> = { train: [], validation: [], test: [] };
  for (const split of ['train', 'validation', 'test'] as const) {
    hash.update(`\0${split}\0`);
    const images = dataset[split];
    for (let begin = 0; begin < images.length; begin += sliceFiles) {
      for (const image of images.slice(begin, begin + sliceFiles)) {
        const description = describe(dataset.directory, image);
        hash.update(`${image.label}\0${description}`);
        sources[split].push(createHash('sha256').update(description).digest('hex').slice(0, 16));
      }
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    }
  }
  return { fingerprint: hash.digest('hex'), sources };
}
