import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../errors.js';
import { nearestName } from '../../space/nearest.js';
import { readTable } from '../csv.js';
import { type FoundImages, imageEndings, isFolder, type LabelledImage, list, testImages } from './files.js';
import { filesById, type IdRule, ruleOfTable, upToFirstDot, withoutEnding } from './ids.js';

const columns = ['image_id', 'class'] as const;

interface Split {
  readonly images: readonly LabelledImage[];
  readonly rule: IdRule | null;
}

function checkId(where: string, id: string): void {
  if (/[/\\\0]/.test(id) || id === '..' || id === '.') {
    throw new InputError(
      where,
      'an image_id that is a plain name',
      JSON.stringify(id),
      'the file name up to its first dot',
    );
  }
}

/** The only file of an id. */
function fileOf(where: string, folder: string, id: string, files: ReadonlyMap<string, readonly string[]>): string {
  const names = files.get(id) ?? [];
  const [name, other] = names;
  if (name === undefined) {
    const short = id.includes('.') ? upToFirstDot(id) : '';
    const near = files.has(short) ? short : nearestName(id, [...files.keys()]);
    const tryThis = near === undefined ? 'adding the file or removing the line' : `"${near}"`;
    throw new InputError(
      where,
      `an image ${join(folder, id)} with one of the endings ${imageEndings}`,
      'no such file',
      tryThis,
    );
  }
  if (other !== undefined) {
    throw new InputError(where, `one file for image_id "${id}"`, `${name} and ${other}`, 'removing one of them');
  }
  return join(folder, name);
}

/** The images that `<name>.csv` lists, out of the folder `<name>/`. */
function readSplit(directory: string, name: 'train' | 'val'): Split {
  const table = join(directory, `${name}.csv`);
  const folder = join(directory, name);
  const rows = readTable(table, columns);
  if (!isFolder(folder)) {
    throw new InputError(folder, `a folder with the images of ${name}.csv`, 'none', 'unpacking the complete data set');
  }
  const names = list(folder).images;
  const rule = ruleOfTable(
    rows.map(({ cells: [id = ''] }) => id),
    names,
  );
  const files = filesById(names, rule ?? upToFirstDot);
  const seen = new Map<string, number>();
  const images = rows.map(({ line, cells: [id = '', className = ''] }) => {
    const where = `${table}:${line}`;
    checkId(where, id);
    const before = seen.get(id);
    if (before !== undefined) {
      throw new InputError(
        where,
        'every image_id once',
        `"${id}", listed in line ${before} too`,
        'removing one of the lines',
      );
    }
    seen.set(id, line);
    return { id, path: fileOf(where, folder, id, files), className, where };
  });
  return { images, rule };
}

/**
 * The competition's layout: `train.csv` and optionally `val.csv` with the columns `image_id,class`, flat folders `train/`, `val/`, `test/`.
 *
 * @throws InputError with file and line for anything that is not as it should be
 */
export function readCompetition(directory: string): FoundImages {
  const train = readSplit(directory, 'train');
  const validation = existsSync(join(directory, 'val.csv')) ? readSplit(directory, 'val') : null;
  const rules = [train.rule, validation?.rule ?? null];
  return {
    train: train.images,
    validation: validation?.images ?? [],
    test: testImages(
      directory,
      rules.includes(withoutEnding) ? withoutEnding : (train.rule ?? validation?.rule ?? null),
    ),
  };
}
