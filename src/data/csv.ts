import { parseCsv } from '../csv.js';
import { InputError } from '../errors.js';
import { readInputFile } from '../input-file.js';
import { nearestName } from '../space/nearest.js';

/** One record: the wanted columns' cells in the order asked for, without surrounding blanks. */
export interface TableRow {
  /** Line of the file where the record begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

function readText(path: string, example: string): string {
  const tryThis = `a file that begins with ${example}`;
  return readInputFile({ path, expected: 'a readable CSV file', tryThis }).toString('utf8');
}

/**
 * Reads the wanted columns of a CSV file with a header; further columns are accepted.
 *
 * @throws InputError with the file and line: unreadable, malformed, empty, a column missing (with the nearest name), a record too short
 */
export function readTable(path: string, columns: readonly string[]): TableRow[] {
  const example = `the line ${columns.join(',')}`;
  const [header, ...records] = parseCsv(readText(path, example), path);
  const places = header === undefined ? [] : columnPlaces(`${path}:${header.line}`, header.fields, columns);
  if (records.length === 0) {
    throw new InputError(path, `${example} and a line an image`, 'no images', 'the complete file');
  }
  return records.map(({ line, fields }) => {
    const cells = places.map((place) => fields[place] ?? '');
    const missing = cells.indexOf('');
    if (missing >= 0) {
      throw new InputError(
        `${path}:${line}`,
        `a value for ${columns[missing]}`,
        'nothing',
        'filling or removing the line',
      );
    }
    return { line, cells };
  });
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
