import { InputError } from '../errors.js';

/** One row of a CSV file. */
export interface CsvRow {
  /** Line of the file, counted from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** One row as RFC 4180 writes it, line feed included: fields with commas, quotes or line breaks are quoted. */
export function formatCsvRow(fields: readonly string[]): string {
  const quoted = fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field));
  return `${quoted.join(',')}\n`;
}

/**
 * Reads CSV text: LF or CRLF, quoted fields on one line, a byte order mark at the start and empty lines are passed over.
 * @throws InputError with file and line when a quote is not closed.
 */
export function parseCsv(text: string, file: string): readonly CsvRow[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  return lines.flatMap((content, index) =>
    content.trim() === '' ? [] : [{ line: index + 1, fields: parseLine(content, `${file}:${index + 1}`) }],
  );
}

function parseLine(content: string, where: string): readonly string[] {
  if (!content.includes('"')) return content.split(',').map((field) => field.trim());
  const fields: string[] = [];
  let rest = content;
  for (;;) {
    const match = /^\s*"((?:[^"]|"")*)"\s*(,|$)/.exec(rest) ?? /^([^",]*)(,|$)/.exec(rest);
    if (match === null) {
      throw new InputError(
        where,
        'fields separated by commas',
        content,
        'closing each quote, and "" for a quote inside',
      );
    }
    const [whole, field = '', separator] = match;
    fields.push(whole.trimStart().startsWith('"') ? field.replaceAll('""', '"') : field.trim());
    if (separator === '') return fields;
    rest = rest.slice(whole.length);
  }
}
