import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTable } from '../../src/data/csv.js';
import { InputError } from '../../src/errors.js';
import { temporaryFolder, writeFiles } from './samples.js';

function table(text: string): string {
  const folder = temporaryFolder();
  writeFiles(folder, { 'train.csv': text });
  return join(folder, 'train.csv');
}

const read = (text: string) => readTable(table(text), ['image_id', 'class']);

describe('a table', () => {
  test('may have quoted cells, with commas, line ends and doubled quotes in them', () => {
    expect(read('"image_id","class"\n"a","shoes, ""brown"""\n"b","two\nlines"\nc,3\n')).toEqual([
      { line: 2, cells: ['a', 'shoes, "brown"'] },
      { line: 3, cells: ['b', 'two\nlines'] },
      { line: 5, cells: ['c', '3'] },
    ]);
  });

  test('may have more columns in any order', () => {
    expect(read('source,class,image_id\nweb,7,a\n')).toEqual([{ line: 2, cells: ['a', '7'] }]);
  });

  test('without a wanted column names the nearest one', () => {
    expect(() => read('image_id,clas\na,1\n')).toThrow(
      /train\.csv:1: expected a column class.*renaming "clas" to class/,
    );
    expect(() => read('image_id,label\na,1\n')).toThrow(/renaming "label" to class/);
  });

  test('without a value says the line', () => {
    expect(() => read('image_id,class\na,1\nb\n')).toThrow(/train\.csv:3: expected a value for class/);
    expect(() => read('image_id,class\na,1\n,5\n')).toThrow(/train\.csv:3: expected a value for image_id/);
  });

  test('that is missing, empty or a header alone is an input error', () => {
    expect(() => readTable(join(temporaryFolder(), 'train.csv'), ['image_id'])).toThrow(InputError);
    expect(() => read('')).toThrow(/no images/);
    expect(() => read('image_id,class\n')).toThrow(/no images/);
  });
});
