import { imageCount } from '../dataset.js';
import { spread } from '../spread.js';
import type { Dataset } from '../types.js';
import { FileDecoder } from './decode-file.js';
import { readableFile } from './readable.js';
import { storedBytes } from './stored-size.js';

export interface PackingEstimate {
  /** Of the packed images on disk. */
  readonly bytes: number;
  /** Of one core, for reading and decoding. */
  readonly coreSeconds: number;
}

const sampleImages = 48;
/** The first images are decoded slowly: code is compiled meanwhile. */
const warmUpImages = 16;

/**
 * What packing a data set takes, from a sample spread evenly over the training images. Files that cannot be read do not count.
 *
 * @param resolutions sides in pixels
 * @throws InputError where nobody can tell whether a file of the sample can be read
 */
export async function estimatePacking(dataset: Dataset, resolutions: readonly number[]): Promise<PackingEstimate> {
  const images = imageCount(dataset);
  const sample = spread(dataset.train, sampleImages).flatMap(({ path }) => (readableFile(path) === null ? [] : path));
  const count = Math.max(1, sample.length);
  const decoder = new FileDecoder(resolutions);
  for (const path of sample.slice(0, warmUpImages)) await decoder.decode(path);
  const begin = performance.now();
  for (const path of sample) await decoder.decode(path);
  const seconds = (performance.now() - begin) / 1000;
  const bytesEach = resolutions.reduce((sum, side) => sum + storedBytes(side), 0);
  return { bytes: images * bytesEach, coreSeconds: (images * seconds) / count };
}
