import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../errors.js';
import { installedEngine, type NativeDevice } from '../native/library.js';

export const nativeDevices: readonly NativeDevice[] = ['cpu', 'gpu'];

export const manifestName = 'engine.json';

export type EngineManifest = z.infer<typeof installedEngine>;

/** An engine's folder: what it holds, or why it is of no use. */
export type EngineFolder =
  | { readonly directory: string; readonly manifest: EngineManifest }
  | { readonly directory: string; readonly damage: string };

/** Looks into the folder of one device's engine, whose files must have the size that they were installed with; null where there is none. */
export function readEngineFolder(engines: string, device: NativeDevice): EngineFolder | null {
  const directory = join(engines, device);
  if (!existsSync(directory)) return null;
  try {
    const manifest = installedEngine.parse(JSON.parse(readFileSync(join(directory, manifestName), 'utf8')));
    if (manifest.device !== device) return { directory, damage: `its ${manifestName} is that of ${manifest.device}` };
    const bytes = folderBytes(directory) - fileBytes(join(directory, manifestName));
    if (bytes === manifest.bytes) return { directory, manifest };
    return { directory, damage: `its files have ${bytes} bytes instead of ${manifest.bytes}` };
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'not as this version writes it' : messageOf(error);
    return { directory, damage: `${manifestName}: ${reason}` };
  }
}

/** Deletes a folder. @returns the bytes that its files held; null where it was not there. */
export function removeFolder(directory: string): number | null {
  if (!existsSync(directory)) return null;
  const bytes = folderBytes(directory);
  rmSync(directory, { recursive: true, force: true });
  return bytes;
}

/** Sizes of all files below a folder, in bytes. */
export function folderBytes(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + fileBytes(join(parentPath, name)), 0);
}

/** Size of a file; 0 where it is not there. */
export function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
