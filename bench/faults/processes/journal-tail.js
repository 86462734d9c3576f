import { readFileSync } from 'node:fs';

/** Follows a journal while it is written, and remembers what has stood in it. */
export class JournalTail {
  /** Whole lines, in order. */
  lines = [];
  /** The events of these lines, with when they were seen, in milliseconds of `performance.now`. */
  events = [];
  /** Lines that have stood in the journal and do not any more. */
  lost = [];

  constructor(path) {
    this.path = path;
  }

  /** Looks at the file again; returns the new events. */
  look() {
    const lines = this.read();
    const isKept = this.lines.every((line, index) => lines[index] === line);
    if (!isKept) {
      const kept = new Set(lines);
      this.lost.push(...this.lines.filter((line) => !kept.has(line)));
      this.lines = lines;
      return [];
    }
    const seenAt = performance.now();
    const fresh = lines.slice(this.lines.length).map((line) => ({ ...JSON.parse(line), seenAt }));
    this.lines = lines;
    this.events.push(...fresh);
    return fresh;
  }

  read() {
    try {
      return readFileSync(this.path, 'utf8').split('\n').slice(0, -1).filter(isWhole);
    } catch (error) {
      if (error.code === 'ENOENT') return [];
      throw error;
    }
  }
}

function isWhole(line) {
  try {
    JSON.parse(line);
    return true;
  } catch {
    // Torn, and about to be cut off.
    return false;
  }
}
