// Results as JSON lines: what was measured once is not measured again when a bench goes on.
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { InputError } from '../../dist/errors.js';

/**
 * The whole lines of a text, and how many bytes they take; the last one of a killed process may be torn.
 * @throws InputError where another line is no JSON.
 */
export function wholeLines(text, path) {
  const end = text.lastIndexOf('\n') + 1;
  const lines = text
    .slice(0, end)
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      try {
        return JSON.parse(line);
      } catch {
        throw new InputError(`${path}:${index + 1}`, 'JSON', line.slice(0, 80), 'another file for -o');
      }
    });
  return { lines, bytes: Buffer.byteLength(text.slice(0, end)) };
}

/** A file of results, or the standard output where there is none. */
export class ResultLines {
  /** @param path undefined for the standard output. @param keyOf says which lines are of the same measurement. */
  constructor(path, keyOf) {
    this.path = path;
    this.keyOf = keyOf;
    this.byKey = new Map();
    if (path === undefined || !existsSync(path)) return;
    const { lines, bytes } = wholeLines(readFileSync(path, 'utf8'), path);
    truncateSync(path, bytes);
    for (const line of lines) this.byKey.set(keyOf(line), line);
  }

  /** What stands for a measurement, if it was made. */
  of(measurement) {
    return this.byKey.get(this.keyOf(measurement));
  }

  add(line) {
    this.byKey.set(this.keyOf(line), line);
    const text = `${JSON.stringify(line)}\n`;
    if (this.path === undefined) process.stdout.write(text);
    else appendFileSync(this.path, text);
  }
}
