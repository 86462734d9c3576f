import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCsvRow, parseCsv } from '../src/csv.js';
import { InputError } from '../src/errors.js';

const parse = (text: string) => parseCsv(text, 'a.csv');

describe('CSV', () => {
  test('gives back what was written, whatever stands in the fields', () => {
    const field = fc.string().map((text) => text.trim());
    const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, (written) => {
        expect(parse(written.map(formatCsvRow).join('')).map(({ fields }) => fields)).toEqual(written);
      }),
    );
  });

  test('quotes only the fields that need it', () => {
    expect(formatCsvRow(['a b', 'c, d', 'say "e"', 'two\nlines'])).toBe('a b,"c, d","say ""e""","two\nlines"\n');
  });

  test('is read with either line end, a byte-order mark, blank lines and no line end at the end', () => {
    const rows = [
      { line: 1, fields: ['a', '1'] },
      { line: 3, fields: ['b', '2'] },
    ];
    expect(parse('a,1\n\nb,2\n')).toEqual(rows);
    expect(parse('\uFEFFa,1\r\n  \r\nb,2')).toEqual(rows);
    expect(parse('')).toEqual([]);
  });

  test('counts the lines of a quoted field, and takes blanks around it', () => {
    expect(parse(' "a" , "two\nlines"\nb,\n')).toEqual([
      { line: 1, fields: ['a', 'two\nlines'] },
      { line: 3, fields: ['b', ''] },
    ]);
  });

  test('takes a quote within a bare field as it is', () => {
    expect(parse('a,5" wide\n')).toEqual([{ line: 1, fields: ['a', '5" wide'] }]);
  });

  test('gives back what was written, surrounding blanks of every kind included', () => {
    const field = fc.oneof(
      fc.string(),
      fc.constantFrom(' a', 'a ', '\u00a0', '\ufeffa', '\ta', '"', ' " ', '\r', 'a\nb', '\u2028'),
    );
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 4 }), (rows) => {
        const text = `\ufeffx,y\n${rows.map(formatCsvRow).join('')}`;
        expect(
          parse(text)
            .slice(1)
            .map(({ fields }) => fields),
        ).toEqual(rows);
      }),
    );
  });

  test('refuses more columns than a table has, so that commas cannot take all memory', () => {
    expect(() => parse(`a,1\n${','.repeat(1001)}\n`)).toThrow(/^a\.csv:2: expected at most 1000 columns/);
  });

  test('with a quote that stays open, or text after a closed one, is an input error with the line', () => {
    expect(() => parse('a,1\n"b,2\n')).toThrow(/^a\.csv:2: expected a closing quote/);
    expect(() => parse('a,1\nb,"2"3\n')).toThrow(/^a\.csv:2: expected a comma after a closing quote, got 3/);
    expect(() => parse('"')).toThrow(InputError);
  });
});
