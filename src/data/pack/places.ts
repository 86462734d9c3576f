import { messageOf } from '../../errors.js';
import { imageCount } from '../dataset.js';
import type { Dataset } from '../types.js';
import { formatBytes, PlaceError, packedBytes, RoomError } from './disk.js';
import { type PackOptions, type PackResult, packDataset } from './pack.js';
import { WrittenFiles } from './written.js';

export interface PlacesOptions extends Omit<PackOptions, 'cacheDirectory' | 'written'> {
  /** Folders for packed data sets, best first; at least one. */
  readonly places: readonly string[];
  /** Hears why a place is passed over. */
  readonly tell: (message: string) => void;
}

/** Images are not stored smaller than that only for want of room. */
const leastSide = 32;

/**
 * Packs a data set in the first of several places that has room and can be written; what is packed already needs neither. Where none has room the
 * largest images are packed smaller, until they fit: readers enlarge them. What this call has packed of the larger ones by then is removed.
 * @throws PlaceError where none can: says how many bytes are needed and what each place has.
 */
export async function packSomewhere(dataset: Dataset, options: PlacesOptions): Promise<PackResult> {
  let { resolutions } = options;
  for (;;) {
    const { result, failures } = await tryPlaces(dataset, { ...options, resolutions });
    if (result !== null) return result;
    const bytes = formatBytes(packedBytes(imageCount(dataset), resolutions));
    const smaller = smallerSides(resolutions);
    if (smaller.length === 0 || !failures.some(({ error }) => error instanceof RoomError)) {
      throw new PlaceError(
        'packing',
        `a folder with ${bytes} of free disk`,
        failures.map(({ place, error }) => `${place} (${error.got})`).join(', '),
        'freeing space, smaller resolutions, or --cache with a folder on another disk',
      );
    }
    for (const { place, error, written } of failures) {
      // Else the disk that they have filled would have no room for smaller ones either.
      if (error instanceof RoomError) giveBack(place, written, options.tell);
    }
    const most = Math.max(...smaller);
    options.tell(
      `no folder has room for the images at ${Math.max(...resolutions)} px (${bytes} in all): they are packed with ${most} px at most, and enlarged where a training wants more`,
    );
    resolutions = smaller;
  }
}

/** Without the largest, or with three quarters of the only one; none where that is too small. */
function smallerSides(sides: readonly number[]): readonly number[] {
  const ascending = [...new Set(sides)].sort((a, b) => a - b);
  const [only = 0] = ascending;
  if (ascending.length > 1) return ascending.slice(0, -1);
  return [4 * Math.floor((0.75 * only) / 4)].filter((side) => side >= leastSide);
}

interface Failure {
  readonly place: string;
  readonly error: PlaceError;
  /** What was packed before it failed. */
  readonly written: WrittenFiles;
}

function giveBack(place: string, written: WrittenFiles, tell: (message: string) => void): void {
  try {
    written.giveBack();
  } catch (error) {
    tell(`what was packed in ${place} could not be removed (${messageOf(error)})`);
  }
}

async function tryPlaces(
  dataset: Dataset,
  { places, tell, ...options }: PlacesOptions,
): Promise<{ readonly result: PackResult | null; readonly failures: readonly Failure[] }> {
  const failures: Failure[] = [];
  for (const [index, place] of places.entries()) {
    const written = new WrittenFiles();
    try {
      return { result: await packDataset(dataset, { ...options, cacheDirectory: place, written }), failures };
    } catch (error) {
      if (!(error instanceof PlaceError)) throw error;
      failures.push({ place, error, written });
      const next = places[index + 1];
      if (next !== undefined) {
        tell(`the images cannot be packed in ${place}: expected ${error.expected}, got ${error.got}; ${next} is tried`);
      }
    }
  }
  return { result: null, failures };
}
