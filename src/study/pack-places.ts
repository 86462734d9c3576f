import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { studyPaths } from './paths.js';

/**
 * Where a study's images may be packed, best first: the cache folder, the study's own folder, the system's temporary folder. A resumed study that
 * had to go elsewhere looks there first.
 * @param before the folder of its packed data; null where it has none.
 */
export function packPlaces(cacheDirectory: string, studyDirectory: string, before: string | null): readonly string[] {
  // One for each user: nobody can write into another's.
  const user = process.getuid?.() ?? 'user';
  const others = [join(studyDirectory, studyPaths.packed), join(tmpdir(), `hyperbudget-${user}`, 'packed')];
  const chosen = others.filter((place) => before !== null && dirname(before) === place && existsSync(before));
  return [...new Set([...chosen, cacheDirectory, ...others])];
}
