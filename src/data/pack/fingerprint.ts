import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import type { Dataset, SourceImage, SplitName } from '../types.js';
import { readableFile } from './readable.js';

/** Files looked at between two looks at other events. */
const sliceFiles = 2000;

/** A data set's state. */
export interface SourceState {
  /** 64 hexadecimal digits. */
  readonly fingerprint: string;
  /**
   * By split, 16 hexadecimal digits an image: of its name within the data set, size in bytes and time of modification. Of one whose file cannot be
   * read `unreadable-` and such digits: it becomes another when it can.
   */
  readonly sources: Readonly<Record<SplitName, readonly string[]>>;
}

const unreadable = 'unreadable-';

/** Whether the file of a source could be read when its state was looked at. */
export const isReadable = (source: string): boolean => !source.startsWith(unreadable);

function describe(directory: string, { path }: SourceImage): { readonly description: string; readonly source: string } {
  const file = readableFile(path);
  const state = file === null ? unreadable : `${file.size}\0${file.mtimeMs}`;
  const description = `${relative(directory, path)}\0${state}\n`;
  const digits = createHash('sha256').update(description).digest('hex').slice(0, 16);
  return { description, source: file === null ? `${unreadable}${digits}` : digits };
}

/**
 * What stands for a data set's state: class names, and by split each image's name within the data set, label, size in bytes and time of
 * modification, or that it cannot be read. The images themselves are not read.
 *
 * @throws InputError where nobody can tell whether a file can be read
 */
export async function sourceState(dataset: Dataset, signal?: AbortSignal): Promise<SourceState> {
  const hash = createHash('sha256').update(JSON.stringify([dataset.layout, dataset.classes]));
  const sources: Record<SplitName, string[]> = { train: [], validation: [], test: [] };
  for (const split of ['train', 'validation', 'test'] as const) {
    hash.update(`\0${split}\0`);
    const images = dataset[split];
    for (let begin = 0; begin < images.length; begin += sliceFiles) {
      for (const image of images.slice(begin, begin + sliceFiles)) {
        const { description, source } = describe(dataset.directory, image);
        hash.update(`${image.label}\0${description}`);
        sources[split].push(source);
      }
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    }
  }
  return { fingerprint: hash.digest('hex'), sources };
}
