import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requireComplete } from '../../src/submission/place.js';
import { temporaryFolder } from '../study/tiny-study.js';

function check(rows: string): number {
  const path = join(temporaryFolder(), 'predictions.csv');
  writeFileSync(path, `image_id,label\n${rows}`);
  return requireComplete(path, ['a', 'b']);
}

it('predictions with a row for each image, in any order, are complete', () => {
  expect(check('b,x\na,y\n')).toBe(2);
});

it.each([
  ['missing', 'a,y\n', '1 missing, 0 unknown and 0 doubled'],
  ['unknown', 'a,y\nb,x\nc,x\n', '0 missing, 1 unknown and 0 doubled'],
  ['doubled', 'a,y\nb,x\nb,y\n', '0 missing, 0 unknown and 1 doubled'],
])('predictions with a row that is %s are not', (_, rows, text) => {
  expect(() => check(rows)).toThrow(text);
});

it('predictions that are not there are not', () => {
  expect(() => requireComplete('/none.csv', ['a'])).toThrow(/none\.csv/);
});
