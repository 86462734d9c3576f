import type { Readable } from 'node:stream';
import { readLines } from '../lines.js';

/** A line longer than this is not a message of ours. */
const longestLine = 1_000_000;

/** A line from the study and when it came, in monotonic seconds. */
export interface ReceivedLine {
  readonly line: string;
  readonly receivedAtSeconds: number;
}

/**
 * Reads lines from the very start of the process and keeps them until somebody listens: an assignment's clock runs from its receipt, which may
 * come long before the engine is loaded.
 */
export class Inbox {
  private waiting: ReceivedLine[] = [];
  private listener: ((received: ReceivedLine) => void) | null = null;

  /** @param onEnd called when the study is gone. */
  constructor(input: Readable, now: () => number, onEnd: () => void) {
    const onLine = (line: string) => {
      const received = { line, receivedAtSeconds: now() };
      if (this.listener === null) this.waiting.push(received);
      else this.listener(received);
    };
    // The listener says what is wrong with an empty line.
    readLines(input, longestLine, { onLine, onTooLong: () => onLine(''), onEnd });
  }

  /** Hands over what has come so far, then every further line as it comes. */
  listen(listener: (received: ReceivedLine) => void): void {
    this.listener = listener;
    const waiting = this.waiting;
    this.waiting = [];
    for (const received of waiting) listener(received);
  }
}
