import { join } from 'node:path';
import { type FoundImages, imagesOfClass, imagesOfClasses, isFolder, list, testImages } from './files.js';

const validationNames = ['val', 'valid', 'validation'] as const;

/** True where `train/` holds folders. */
export function hasTrainClassFolders(directory: string): boolean {
  const train = join(directory, 'train');
  return isFolder(train) && list(train).folders.length > 0;
}

/** `train/<class>/*`, optionally `val|valid|validation/<class>/*` and a flat `test/`. */
export function readTrainClassFolders(directory: string): FoundImages {
  const validation = validationNames.map((name) => join(directory, name)).find(isFolder);
  return {
    train: imagesOfClasses(join(directory, 'train')),
    validation: validation === undefined ? [] : imagesOfClasses(validation),
    test: testImages(directory),
  };
}

/** Top-level folders that hold images; `test` is never a class, nor are folders without images. */
export function plainClassFolders(directory: string): string[] {
  return list(directory).folders.filter((name) => name !== 'test' && list(join(directory, name)).images.length > 0);
}

/** `<class>/*` at the top, optionally a flat `test/`. */
export function readPlainClassFolders(directory: string): FoundImages {
  return {
    train: plainClassFolders(directory).flatMap((name) => imagesOfClass(join(directory, name), name)),
    validation: [],
    test: testImages(directory),
  };
}
