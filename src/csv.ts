import { InputError } from './errors.js';

/** One record of a CSV file, which may be several lines long. */
export interface CsvRow {
  /** Line of the file where the record begins, from 1. */
  readonly line: number;
  /** Without surrounding blanks, unless they are quoted. */
  readonly fields: readonly string[];
}

interface Scan {
  readonly fields: string[];
  /** Where the next record begins. */
  readonly end: number;
  readonly lines: number;
}

/** A table has this many columns and rows at most: what has more is another kind of file, and reading it would take all memory. */
const mostColumns = 1000;
const mostRows = 10_000_000;

/** One row as RFC 4180 writes it, line feed included: fields with commas, quotes, line breaks or surrounding blanks are quoted. */
export function formatCsvRow(fields: readonly string[]): string {
  const quoted = fields.map((field) =>
    /[",\r\n]/.test(field) || field !== field.trim() ? `"${field.replaceAll('"', '""')}"` : field,
  );
  return `${quoted.join(',')}\n`;
}

/**
 * Reads CSV text as RFC 4180 has it: quoted fields may hold commas, line ends and doubled quotes. Either line end and a byte order mark are
 * accepted, blank lines passed over.
 *
 * @param file the file's name for messages.
 * @throws InputError with file and line for a quote that stays open, text after one that is closed, or more columns or rows than a table has.
 */
export function parseCsv(text: string, file: string): readonly CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  for (let position = text.startsWith('\uFEFF') ? 1 : 0; position < text.length; ) {
    const { fields, end, lines } = scanRecord(text, position, `${file}:${line}`);
    if (fields.length > 1 || fields[0] !== '') rows.push({ line, fields });
    if (rows.length > mostRows) {
      throw new InputError(`${file}:${line}`, `at most ${mostRows} rows`, 'more', 'a smaller part of the data set');
    }
    position = end;
    line += lines;
  }
  return rows;
}

function scanRecord(text: string, begin: number, where: string): Scan {
  const fields: string[] = [];
  let lines = 1;
  let position = begin;
  for (;;) {
    let quoted = '';
    while (text[position] === ' ' || text[position] === '\t') position++;
    const isQuoted = text[position] === '"';
    if (isQuoted) {
      position++;
      for (;;) {
        const quote = text.indexOf('"', position);
        if (quote < 0) throw new InputError(where, 'a closing quote', 'the end of the file', 'closing it with "');
        quoted += text.slice(position, quote);
        position = quote + 1;
        if (text[position] !== '"') break;
        quoted += '"';
        position++;
      }
      lines += quoted.split('\n').length - 1;
    }
    const rest = position;
    while (position < text.length && !',\r\n'.includes(text[position] ?? '')) position++;
    const bare = text.slice(rest, position).trim();
    if (isQuoted && bare !== '') {
      throw new InputError(where, 'a comma after a closing quote', bare, '"" for a quote inside a quoted field');
    }
    fields.push(isQuoted ? quoted : bare);
    if (fields.length > mostColumns) {
      throw new InputError(where, `at most ${mostColumns} columns`, 'more', 'a line an image');
    }
    if (text[position] === ',') {
      position++;
      continue;
    }
    if (text[position] === '\r') position++;
    if (text[position] === '\n') position++;
    return { fields, end: position, lines };
  }
}
