import { join } from 'node:path';
import type { NativeDevice } from '../native/library.js';
import { gigabytes } from './check.js';
import { buildDirectory, downloadsDirectory, retiredDirectory } from './location.js';
import { nativeDevices, removeFolder } from './registry.js';

/**
 * Deletes the engine of a device; without a device all engines, and what unfinished installations have left.
 * @returns what was deleted, in words.
 */
export function removeEngines(engines: string, device: NativeDevice | null): readonly string[] {
  const own = (device === null ? nativeDevices : [device]).map((name) => join(engines, name));
  const left = [downloadsDirectory(engines), buildDirectory(engines), retiredDirectory(engines)];
  const removed = [...own, ...(device === null ? left : [])].flatMap((directory) => {
    const bytes = removeFolder(directory);
    return bytes === null ? [] : [`removed ${directory} (${gigabytes(bytes)})`];
  });
  return removed.length > 0
    ? removed
    : [`nothing to remove: ${own.join(' and ')} ${own.length > 1 ? 'are' : 'is'} not there`];
}
