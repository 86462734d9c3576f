import { join } from 'node:path';
import { type FoundImages, imagesOfClasses, isFolder, list, testImages } from './files.js';

const trainFolder = /^train\.X\d+$/;

/** The folders `train.X1`, `train.X2`, … of a data set. */
export function imagenet100TrainFolders(directory: string): string[] {
  return list(directory).folders.filter((name) => trainFolder.test(name));
}

/**
 * ImageNet100 as Kaggle has it: class folders in `train.X1` … `train.X4` and `val.X`. The train folders hold different classes, so their
 * classes are counted together. `Labels.json` only names the classes in words and is not needed.
 */
export function readImagenet100(directory: string): FoundImages {
  const validation = join(directory, 'val.X');
  return {
    train: imagenet100TrainFolders(directory).flatMap((name) => imagesOfClasses(join(directory, name))),
    validation: isFolder(validation) ? imagesOfClasses(validation) : [],
    test: testImages(directory),
  };
}
