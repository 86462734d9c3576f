import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
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

/** How the names of images end, for messages. */
export const imageEndings = '.jpeg, .jpg, .png, .webp, .gif, .tif, .tiff, .avif';
const imageName = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/** The file name up to its first dot. */
export function idOf(fileName: string): string {
  return fileName.slice(0, fileName.indexOf('.'));
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new InputError(path, 'a file or a folder', messageOf(error), 'the complete data set', { cause: error });
  }
}

/** True for a folder that can be looked into, links followed. @throws InputError where nobody can tell */
export function isFolder(path: string): boolean {
  return look(path)?.isDirectory() ?? false;
}

/** Links are followed: many data sets consist of them. What is no file has no end, or waits for somebody who never writes. */
function requireFile(path: string, entry: Dirent): void {
  // A link to nothing is told when the file is read.
  if (entry.isFile() || (entry.isSymbolicLink() && (look(path)?.isFile() ?? true))) return;
  throw new InputError(path, 'an image file', 'a device or a pipe', 'removing it');
}

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    throw new InputError(directory, 'a readable folder', messageOf(error), 'the path of the data set', {
      cause: error,
    });
  }
}

/** @throws InputError where the folder is missing or unreadable, or something with an image's name is no file */
export function list(directory: string): Listing {
  const images: string[] = [];
  const folders: string[] = [];
  for (const entry of entriesOf(directory)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(path))) folders.push(entry.name);
    else if (imageName.test(entry.name)) {
      requireFile(path, entry);
      images.push(entry.name);
    }
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
