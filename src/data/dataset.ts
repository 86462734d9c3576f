import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError } from '../errors.js';
import { nearestName } from '../space/nearest.js';
import {
  hasTrainClassFolders,
  plainClassFolders,
  readPlainClassFolders,
  readTrainClassFolders,
} from './layouts/class-folders.js';
import { readCompetition } from './layouts/competition.js';
import { type FoundImages, imageEndings, isFolder, type LabelledImage } from './layouts/files.js';
import { imagenet100TrainFolders, readImagenet100 } from './layouts/imagenet100.js';
import { holdOutIndices } from './subset.js';
import type { Dataset, SourceImage } from './types.js';

export interface ReadOptions {
  /** Decides which training images are held out where the source has no validation images. */
  readonly seed: number;
  /** Refuse a data set without test images. */
  readonly needTest: boolean;
}

/** Images of all splits. */
export const imageCount = ({ train, validation, test }: Dataset): number =>
  train.length + validation.length + test.length;

/** Tries the layouts in order: the most particular first. */
function find(directory: string): { readonly layout: Dataset['layout']; readonly found: FoundImages } {
  if (existsSync(join(directory, 'train.csv'))) return { layout: 'competition', found: readCompetition(directory) };
  if (imagenet100TrainFolders(directory).length > 0) {
    return { layout: 'imagenet100', found: readImagenet100(directory) };
  }
  if (hasTrainClassFolders(directory)) return { layout: 'class-folders', found: readTrainClassFolders(directory) };
  if (isFolder(join(directory, 'train'))) {
    throw new InputError(
      directory,
      'train.csv beside train/, or class folders in train/',
      'a train/ folder with neither',
      'a train.csv with the columns image_id,class',
    );
  }
  if (plainClassFolders(directory).length > 0) {
    return { layout: 'class-folders', found: readPlainClassFolders(directory) };
  }
  throw new InputError(
    directory,
    'train.csv with train/, or train.X1 … train.X4, or train/<class>/, or <class>/ with images',
    'none of them',
    'the folder that holds the data set',
  );
}

/** What checkpoints hold of class names at most, in bytes of JSON. */
const mostClassBytes = 8 * 2 ** 20;
const longestClassName = 1000;
const mostClasses = 100_000;

/** A model must fit to its classes in a checkpoint: better told now than after the first rung. */
function checkClasses(root: string, classes: readonly string[], images: readonly LabelledImage[]): void {
  const long = images.find(({ className }) => className.length > longestClassName);
  if (long !== undefined) {
    const got = `one of ${long.className.length}: ${long.className}`;
    throw new InputError(long.where, `a class name of at most ${longestClassName} characters`, got, 'a shorter name');
  }
  if (classes.length <= mostClasses && Buffer.byteLength(JSON.stringify(classes)) <= mostClassBytes) return;
  const limit = `at most ${mostClasses} classes with names of ${mostClassBytes / 2 ** 20} MiB in all`;
  throw new InputError(root, limit, `${classes.length} classes`, 'fewer classes or shorter names');
}

/** Class names in numeric order where all are whole numbers, else in alphabetic order (by code unit, so the same everywhere). */
export function orderClasses(names: Iterable<string>): string[] {
  const classes = [...new Set(names)];
  const numeric = classes.every((name) => /^-?\d+$/.test(name));
  return classes.sort((a, b) => (numeric ? Number(a) - Number(b) : 0) || (a < b ? -1 : 1));
}

/**
 * Replaces class names by indexes into `classes`.
 *
 * @throws InputError for a class that is not among them
 */
function label(images: readonly LabelledImage[], classes: readonly string[]): SourceImage[] {
  const indexes = new Map(classes.map((name, index) => [name, index]));
  return images.map(({ id, path, className, where }) => {
    const index = indexes.get(className);
    if (index === undefined) {
      const near = nearestName(className, classes);
      throw new InputError(
        where,
        'a class that the training images have',
        `"${className}"`,
        near === undefined ? 'adding training images of it' : `"${near}", or adding training images of it`,
      );
    }
    return { id, path, label: index };
  });
}

/**
 * Finds the images of a data set and their labels, whatever its layout; looks at names only, not into the images. Without validation images a
 * stratified tenth of the training images is held out.
 *
 * @param directory folder of the data set
 * @throws InputError for anything that is not as the layout wants it, with file and line; for fewer than two classes; for a missing test
 *   folder where one is needed
 */
export async function readDataset(directory: string, options: ReadOptions): Promise<Dataset> {
  const root = resolve(directory);
  if (!isFolder(root)) {
    throw new InputError(root, 'a folder with a data set', 'no such folder', 'another path for --data');
  }
  const { layout, found } = find(root);
  const classes = orderClasses(found.train.map((image) => image.className));
  if (found.train.length === 0) {
    throw new InputError(root, `training images (${imageEndings})`, 'none', 'the complete data set');
  }
  if (classes.length < 2) {
    throw new InputError(
      root,
      'at least 2 classes',
      `1 ("${classes[0]}")`,
      'a data set with images of several classes',
    );
  }
  checkClasses(root, classes, found.train);
  if (options.needTest && found.test.length === 0) {
    const folder = join(root, 'test');
    const got = isFolder(folder) ? 'a folder without images' : 'no such folder';
    throw new InputError(
      folder,
      'a flat folder with the images to predict',
      got,
      'the command search, which needs none',
    );
  }
  const train = label(found.train, classes);
  const base = { directory: root, layout, classes, test: found.test };
  if (found.validation.length > 0) return { ...base, train, validation: label(found.validation, classes) };

  const heldOut = new Set(
    holdOutIndices(
      train.map((image) => image.label),
      `${options.seed}`,
    ),
  );
  const validation = train.filter((_, index) => heldOut.has(index));
  if (validation.length === 0) {
    throw new InputError(
      root,
      'a class with at least 2 images, one to train and one to validate',
      'none',
      'more images',
    );
  }
  return { ...base, train: train.filter((_, index) => !heldOut.has(index)), validation };
}
