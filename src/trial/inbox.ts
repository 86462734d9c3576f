import type { Readable } from 'node:stream';
import { readLines } from '../lines.js';

/** A line longer than this is not a message of ours. */
const longestLine = 1_000_000;

/** Reads the study's lines from the very start of the process and keeps them until somebody listens: loading the engine may take long. */
export class Inbox {
  private waiting: string[] = [];
  private listener: ((line: string) => void) | null = null;

  /** @param onEnd called when the study is gone. */
  constructor(input: Readable, onEnd: () => void) {
    const onLine = (line: string) => {
      if (this.listener === null) this.waiting.push(line);
      else this.listener(line);
    };
    // The listener says what is wrong with an empty line.
    readLines(input, longestLine, { onLine, onTooLong: () => onLine(''), onEnd });
  }

  /** Hands over what has come so far, then every further line as it comes. */
  listen(listener: (line: string) => void): void {
    this.listener = listener;
    const waiting = this.waiting;
    this.waiting = [];
    for (const line of waiting) listener(line);
  }
}
