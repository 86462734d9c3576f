import type { Dataset } from '../types.js';
import { formatBytes, PlaceError, packedBytes } from './disk.js';
import { type PackOptions, type PackResult, packDataset } from './pack.js';

export interface PlacesOptions extends Omit<PackOptions, 'cacheDirectory'> {
  /** Folders for packed data sets, best first; at least one. */
  readonly places: readonly string[];
  /** Hears why a place is passed over. */
  readonly tell: (message: string) => void;
}

/**
 * Packs a data set in the first of several places that has room and can be written; what is packed already needs neither.
 * @throws PlaceError where none can: says how many bytes are needed and what each place has.
 */
export async function packSomewhere(
  dataset: Dataset,
  { places, tell, ...options }: PlacesOptions,
): Promise<PackResult> {
  const failures: string[] = [];
  for (const [index, place] of places.entries()) {
    try {
      return await packDataset(dataset, { ...options, cacheDirectory: place });
    } catch (error) {
      if (!(error instanceof PlaceError)) throw error;
      failures.push(`${place} (${error.got})`);
      const next = places[index + 1];
      if (next !== undefined) {
        tell(`the images cannot be packed in ${place}: expected ${error.expected}, got ${error.got}; ${next} is tried`);
      }
    }
  }
  const images = dataset.train.length + dataset.validation.length + dataset.test.length;
  throw new PlaceError(
    'packing',
    `a folder with ${formatBytes(packedBytes(images, options.resolutions))} of free disk`,
    failures.join(', '),
    'freeing space, smaller resolutions, or --cache with a folder on another disk',
  );
}
