import { expect, test } from 'vitest';
import { unicodeGlyphs } from '../../../src/ui/model/glyphs.js';
import { timeLines } from '../../../src/ui/model/time.js';
import { emptyState, finishedState } from '../canned.js';
import { frame } from '../frame.js';

const text = (columns: number) =>
  timeLines(finishedState(), columns, unicodeGlyphs).map(({ segments }) => segments.map((one) => one.text).join(''));

test('every account has its seconds, its share and a bar, its parts below it', () => {
  const rows = text(138);
  expect(rows).toContain(` pack                 20.0 s    5.6 % ${'█'.repeat(6)}`);
  expect(rows).toContain(` final               270.0 s   75.0 % ${'█'.repeat(75)}`);
  expect(rows).toContain(`   step              260.0 s   72.2 % ${'█'.repeat(72)}`);
  expect(rows.some((row) => row.includes('down'))).toBe(false);
});

test('below them stands what the program promises, measured', () => {
  expect(text(80).slice(-3)).toEqual([
    ' 99.2 % of the budget used',
    " 71.8 % of the search's slot time in gradient steps",
    ' 95.2 % of the final phase in gradient steps',
  ]);
});

test('before anything has happened there is nothing to show', () => {
  expect(frame(emptyState, 0, { screen: 'time' }).join('\n')).toContain('nothing yet');
});
