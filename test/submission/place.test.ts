import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { placePredictions } from '../../src/submission/place.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperbudget-place-'));
  writeFileSync(join(folder, 'submission.csv'), 'what stands\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (rows: string) => {
  writeFileSync(join(folder, 'predictions.csv'), `image_id,label\n${rows}`);
  return placePredictions(join(folder, 'predictions.csv'), ['a', 'b'], join(folder, 'submission.csv'));
};
const standing = () => readFileSync(join(folder, 'submission.csv'), 'utf8');

it('complete predictions, in any order, become the submission', () => {
  expect(place('b,x\na,y\n')).toBe(2);
  expect(standing()).toBe('image_id,label\nb,x\na,y\n');
});

it.each([
  ['missing', 'a,y\n', '1 missing, 0 unknown and 0 doubled'],
  ['unknown', 'a,y\nb,x\nc,x\n', '0 missing, 1 unknown and 0 doubled'],
  ['doubled', 'a,y\nb,x\nb,y\n', '0 missing, 0 unknown and 1 doubled'],
])('predictions with a row that is %s leave what stands', (_, rows, text) => {
  expect(() => place(rows)).toThrow(text);
  expect(standing()).toBe('what stands\n');
});

it('predictions that are not there leave what stands', () => {
  expect(() => placePredictions(join(folder, 'none.csv'), ['a'], join(folder, 'submission.csv'))).toThrow(/none\.csv/);
  expect(standing()).toBe('what stands\n');
});
