import { dirname } from 'node:path';
import type { Dataset } from '../types.js';
import { sourceState } from './fingerprint.js';
import { packDataset } from './pack.js';

/** Packed data as they were when they were packed. */
export interface PackedState {
  readonly directory: string;
  readonly fingerprint: string;
  /** Sides in pixels. */
  readonly resolutions: readonly number[];
}

/**
 * Compares packed data with their checksums and packs what is damaged again from the source.
 * @param threads processor cores to decode on; default: all that this process may run on
 * @returns the number of images that were packed again.
 * @throws Error where the source has changed since, PlaceError where the disk does not take them
 */
export async function repairPack(dataset: Dataset, packed: PackedState, threads?: number): Promise<number> {
  if ((await sourceState(dataset)).fingerprint !== packed.fingerprint) {
    throw new Error(`${dataset.directory} has changed since it was packed`);
  }
  const { packedImages, pack } = await packDataset(dataset, {
    resolutions: packed.resolutions,
    cacheDirectory: dirname(packed.directory),
    ...(threads === undefined ? {} : { threads }),
  });
  if (pack.directory !== packed.directory) throw new Error(`${packed.directory} cannot be found any more`);
  return packedImages;
}
