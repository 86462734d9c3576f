import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, messageOf } from '../../errors.js';
import type { SourceImage } from '../types.js';
import { type IdRule, ruleOfTest, upToFirstDot, withoutEnding } from './ids.js';

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
const usualName = /\.(jpe?g|png|webp)$/i;

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

/** Undefined for a link to nothing, and for one named like an image where nobody can tell: an image that cannot be read is told when it is packed. */
function lookAtTarget(path: string, isNamedLikeImage: boolean): Stats | undefined {
  try {
    return look(path);
  } catch (error) {
    if (isNamedLikeImage) return undefined;
    throw error;
  }
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

/**
 * Links are followed: many data sets consist of them.
 *
 * @throws InputError where the folder is missing or unreadable, or something with an image's name is no file
 */
export function list(directory: string): Listing {
  const images: string[] = [];
  const folders: string[] = [];
  for (const entry of entriesOf(directory)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(directory, entry.name);
    const isNamedLikeImage = imageName.test(entry.name);
    const found = entry.isSymbolicLink() ? lookAtTarget(path, isNamedLikeImage) : entry;
    if (found?.isDirectory()) folders.push(entry.name);
    else if (isNamedLikeImage) {
      // What is no file has no end, or waits for somebody who never writes.
      if (found?.isFile() === false) throw new InputError(path, 'an image file', 'a device or a pipe', 'removing it');
      images.push(entry.name);
    }
  }
  return { images: withoutSeconds(images).sort(), folders: folders.sort() };
}

/** Without the GIF, TIFF or AVIF files that stand beside a usual one of the same name: masks of the picture, or the picture once more. */
function withoutSeconds(names: readonly string[]): string[] {
  const usual = new Set(names.filter((name) => usualName.test(name)).map(withoutEnding));
  return names.filter((name) => usualName.test(name) || !usual.has(withoutEnding(name)));
}

/** All images of a folder as one class. */
export function imagesOfClass(directory: string, className: string): LabelledImage[] {
  return list(directory).images.map((name) => ({
    id: upToFirstDot(name),
    path: join(directory, name),
    className,
    where: directory,
  }));
}

/** The images of `directory/<class>/`, for each class folder. */
export function imagesOfClasses(directory: string): LabelledImage[] {
  return list(directory).folders.flatMap((name) => imagesOfClass(join(directory, name), name));
}

/** What stands in a name for bytes that are no UTF-8: there is no file of that name. */
const replacement = '\ufffd';

/** @throws InputError where a name cannot be read as it is: a submission could not name the image */
function requireName(path: string, name: string): void {
  if (!name.includes(replacement) || lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  throw new InputError(
    path,
    'a file name in UTF-8, which begins with its image_id',
    'other bytes',
    'renaming the file',
  );
}

/**
 * The flat `test/` folder of a data set, ordered by id; empty where there is none.
 *
 * @param ruleOfTables what ids are in the tables of the data set; null where it has none or they do not tell
 * @throws InputError where two files have the same id, or one has none: a submission has one row for each
 */
export function testImages(directory: string, ruleOfTables: IdRule | null = null): SourceImage[] {
  const folder = join(directory, 'test');
  if (!isFolder(folder)) return [];
  const names = list(folder).images;
  const idOf = ruleOfTest(names, ruleOfTables);
  const byId = new Map<string, SourceImage>();
  for (const name of names) {
    const [id, path] = [idOf(name), join(folder, name)];
    requireName(path, name);
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
