import { readFileSync } from 'node:fs';
import { InputError, messageOf } from '../errors.js';
import { nearestName } from '../space/nearest.js';

/** One record: the wanted columns' cells in the order asked for, without surrounding blanks. */
export interface TableRow {
  /** Line of the file where the record begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

interface Scan {
  readonly cells: string[];
  /** Where the next record begins. */
  readonly end: number;
  readonly lines: number;
}

/** Reads the record at `begin` (RFC 4180: quoted cells may hold commas, line ends and doubled quotes); undefined where a quote stays open. */
function scanRecord(text: string, begin: number): Scan | undefined {
  const cells: string[] = [];
  let lines = 1;
  let position = begin;
  for (;;) {
    let cell = '';
    while (text[position] === ' ' || text[position] === '\t') position++;
    if (text[position] === '"') {
      position++;
      for (;;) {
        const quote = text.indexOf('"', position);
        if (quote < 0) return undefined;
        cell += text.slice(position, quote);
        position = quote + 1;
        if (text[position] !== '"') break;
        cell += '"';
        position++;
      }
      lines += cell.split('\n').length - 1;
    }
    const rest = position;
    while (position < text.length && !',\r\n'.includes(text[position] ?? '')) position++;
    cells.push((cell + text.slice(rest, position)).trim());
    if (text[position] === ',') {
      position++;
      continue;
    }
    if (text[position] === '\r') position++;
    if (text[position] === '\n') position++;
    return { cells, end: position, lines };
  }
}

function readText(path: string, example: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new InputError(path, 'a readable CSV file', messageOf(error), `a file that begins with ${example}`, {
      cause: error,
    });
  }
}

/**
 * Reads the wanted columns of a CSV file with a header. Byte-order mark, either line end, quotes, blank lines and further columns are
 * accepted.
 *
 * @throws InputError with the file and line: unreadable, empty, a column missing (with the nearest name), a record that is too short
 */
export function readTable(path: string, columns: readonly string[]): TableRow[] {
  const example = `the line ${columns.join(',')}`;
  const text = readText(path, example);
  const rows: TableRow[] = [];
  let places: readonly number[] | undefined;
  let line = 1;
  for (let position = 0; position < text.length; ) {
    const record = scanRecord(text, position);
    if (record === undefined) {
      throw new InputError(`${path}:${line}`, 'a closing quote', 'the end of the file', 'closing it with "');
    }
    const blank = record.cells.length === 1 && record.cells[0] === '';
    if (places === undefined && !blank) places = columnPlaces(`${path}:${line}`, record.cells, columns);
    else if (places !== undefined && !blank) {
      const cells = places.map((place) => record.cells[place] ?? '');
      const missing = cells.indexOf('');
      if (missing >= 0) {
        throw new InputError(
          `${path}:${line}`,
          `a value for ${columns[missing]}`,
          'nothing',
          'filling or removing the line',
        );
      }
      rows.push({ line, cells });
    }
    position = record.end;
    line += record.lines;
  }
  if (rows.length === 0) {
    throw new InputError(path, `${example} and a line an image`, 'no images', 'the complete file');
  }
  return rows;
}

function columnPlaces(where: string, header: readonly string[], columns: readonly string[]): number[] {
  return columns.map((column) => {
    const place = header.indexOf(column);
    if (place >= 0) return place;
    const free = header.filter((name) => !columns.includes(name));
    const near = nearestName(column, free) ?? free[0];
    const tryThis = near === undefined ? `adding the column ${column}` : `renaming "${near}" to ${column}`;
    throw new InputError(where, `a column ${column}`, `the header ${header.join(',')}`, tryThis);
  });
}
