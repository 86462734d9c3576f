import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, messageOf } from '../../errors.js';
import type { SourceImage } from '../types.js';

/** A training or validation image with its class as written in the source. */
export interface LabelledImage {
  readonly id: string;
  readonly path: string;
  readonly className: string;
  /** Where the class was read, for messages: `val.csv:7` or a folder. */
  readonly where: string;
}

/** What a layout reader found. */
export interface FoundImages {
  readonly train: readonly LabelledImage[];
  /** Empty where the source has none. */
  readonly validation: readonly LabelledImage[];
  readonly test: readonly SourceImage[];
}

/** What lies in a folder, sorted by name; hidden files and files of other kinds are left out. */
export interface Listing {
  readonly images: readonly string[];
  readonly folders: readonly string[];
}

const imageName = /\.(jpe?g|png|webp)$/i;

/** The file name up to its first dot. */
export function idOf(fileName: string): string {
  return fileName.slice(0, fileName.indexOf('.'));
}

/** True for a folder that can be looked into, links followed. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** @throws InputError where the folder is missing or unreadable */
export function list(directory: string): Listing {
  const images: string[] = [];
  const folders: string[] = [];
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const folder = entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(directory, entry.name)));
      if (folder) folders.push(entry.name);
      else if (imageName.test(entry.name)) images.push(entry.name);
    }
  } catch (error) {
    throw new InputError(directory, 'a readable folder', messageOf(error), 'the path of the data set', {
      cause: error,
    });
  }
  return { images: images.sort(), folders: folders.sort() };
}

/** All images of a folder as one class. */
export function imagesOfClass(directory: string, className: string): LabelledImage[] {
  return list(directory).images.map((name) => ({
    id: idOf(name),
    path: join(directory, name),
    className,
    where: directory,
  }));
}

/** The images of `directory/<class>/`, for each class folder. */
export function imagesOfClasses(directory: string): LabelledImage[] {
  return list(directory).folders.flatMap((name) => imagesOfClass(join(directory, name), name));
}

/**
 * The flat `test/` folder of a data set, ordered by id; empty where there is none.
 *
 * @throws InputError where two files have the same id: a submission has one row for each
 */
export function testImages(directory: string): SourceImage[] {
  const folder = join(directory, 'test');
  if (!isFolder(folder)) return [];
  const byId = new Map<string, SourceImage>();
  for (const name of list(folder).images) {
    const [id, path] = [idOf(name), join(folder, name)];
    const other = byId.get(id);
    if (other !== undefined) {
      throw new InputError(
        path,
        'one file an image id',
        `"${id}", which ${other.path} has too`,
        'removing one of them',
      );
    }
    byId.set(id, { id, path, label: -1 });
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
