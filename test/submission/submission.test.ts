import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError } from '../../src/errors.js';
import {
  checkSubmission,
  classPriorSubmission,
  placeSubmission,
  scoreSubmission,
  writeSubmission,
} from '../../src/submission/submission.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'submission-'));
  path = join(folder, 'submission.csv');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string): string {
  const at = join(folder, name);
  writeFileSync(at, content);
  return at;
}

test('a submission is one header and one line feed a row', () => {
  writeSubmission(path, [
    { id: 'uhwvxu4m8m', label: '17' },
    { id: 'b', label: 'T-shirt, long' },
  ]);
  expect(readFileSync(path, 'utf8')).toBe('image_id,label\nuhwvxu4m8m,17\nb,"T-shirt, long"\n');
});

test('writing replaces the old file and leaves nothing else in the folder', () => {
  file('submission.csv', 'old');
  writeSubmission(path, [{ id: 'a', label: '1' }]);
  expect(readdirSync(folder)).toEqual(['submission.csv']);
  expect(readFileSync(path, 'utf8')).toBe('image_id,label\na,1\n');
});

test('a submission that cannot be put in place leaves the target and no temporary file', () => {
  const target = join(folder, 'taken');
  mkdirSync(target);
  writeFileSync(join(target, 'kept'), '');
  expect(() => writeSubmission(target, [{ id: 'a', label: '1' }])).toThrow(InputError);
  expect(() => writeSubmission(join(folder, 'absent', 'submission.csv'), [])).toThrow(
    'expected a path that can be written',
  );
  expect(readdirSync(folder)).toEqual(['taken']);
  expect(existsSync(join(target, 'kept'))).toBe(true);
});

test('placing copies the bytes', () => {
  const from = file('model.csv', 'image_id,label\na,1\n');
  placeSubmission(from, path);
  expect(readFileSync(path, 'utf8')).toBe(readFileSync(from, 'utf8'));
  expect(() => placeSubmission(join(folder, 'absent.csv'), path)).toThrow(InputError);
  expect(readdirSync(folder).sort()).toEqual(['model.csv', 'submission.csv']);
});

test('a complete submission differs in nothing', () => {
  file('submission.csv', 'image_id,label\nb,1\na,0\n');
  expect(checkSubmission(path, ['a', 'b'])).toEqual({ rows: 2, missing: 0, unknown: 0, duplicates: 0 });
});

test('missing, unknown and repeated rows are counted', () => {
  file('submission.csv', 'image_id,label\na,1\na,2\nx,1\n');
  expect(checkSubmission(path, ['a', 'b', 'c'])).toEqual({ rows: 3, missing: 2, unknown: 1, duplicates: 1 });
});

test('without a model every image gets the most frequent class, the first among equals', () => {
  const labels = (...values: number[]): Int32Array => Int32Array.from(values);
  expect(classPriorSubmission(['a', 'b'], ['cat', 'dog'], labels(1, 0, 1))).toEqual([
    { id: 'a', label: 'dog' },
    { id: 'b', label: 'dog' },
  ]);
  expect(classPriorSubmission(['a'], ['cat', 'dog', 'eel'], labels(2, 1, 1, 2, -1))).toEqual([
    { id: 'a', label: 'dog' },
  ]);
});

test('a score counts missing rows as wrong', () => {
  const labels = file('labels.csv', 'image_id,class\na,1\nb,2\nc,3\nd,4\n');
  file('submission.csv', 'image_id,label\nc,3\na,1\nb,1\n');
  expect(scoreSubmission(path, labels)).toEqual({ top1: 0.5, rows: 3, correct: 2, missing: 1 });
});

test('labels may come as a submission', () => {
  const labels = file('labels.csv', 'image_id,label\na,1\n');
  file('submission.csv', 'image_id,label\na,1\n');
  expect(scoreSubmission(path, labels).top1).toBe(1);
});

test.each([
  ['an unknown id', 'image_id,label\na,1\nz,1\n', /submission\.csv:3: expected an image_id of .*labels\.csv, got z/],
  ['a repeated id', 'image_id,label\na,1\na,2\n', /submission\.csv:3: expected each image_id once, got a again/],
  ['a wrong header', 'id,label\na,1\n', /submission\.csv:1: expected the header image_id,label, got id,label/],
  ['a missing column', 'image_id,label\n\na\n', /submission\.csv:3: expected image_id,label, got a/],
  ['a column too many', 'image_id,label\na,1,2\n', /submission\.csv:2: expected image_id,label, got a,1,2/],
  ['an open quote', 'image_id,label\na,"1\n', /submission\.csv:2: expected a closing quote/],
  ['an empty file', '', /submission\.csv:1: expected the header image_id,label, got an empty file/],
  ['no rows', 'image_id,label\n', /submission\.csv: expected rows below the header, got none/],
])('%s is refused with file and line', (_, content, message) => {
  const labels = file('labels.csv', 'image_id,class\na,1\nb,2\n');
  file('submission.csv', content);
  expect(() => scoreSubmission(path, labels)).toThrow(message);
  expect(() => scoreSubmission(path, labels)).toThrow(InputError);
});

test('is whole for ids and classes of any characters', () => {
  const words = [' a', 'a ', '\ufeff', 'a,b', '"', 'a\nb', '../x', '__proto__', '=1+1', '\u00a0', 'a\0b'];
  const rows = words.map((id, index) => ({ id, label: words.at(-index) ?? '' }));
  writeSubmission(path, rows);
  expect(checkSubmission(path, words)).toEqual({ rows: words.length, missing: 0, unknown: 0, duplicates: 0 });
  expect(scoreSubmission(path, path)).toMatchObject({ correct: words.length });
});

test('a file that is not there is named', () => {
  expect(() => checkSubmission(path, [])).toThrow(/submission\.csv: expected a CSV file, got no such file/);
});
