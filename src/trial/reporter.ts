import { writeSync } from 'node:fs';
import { encodeMessage, type TrialMessage } from './protocol.js';

/** File descriptor of the reports. */
const reports = 3;

/**
 * Writes messages at once and in order, also while a step is about to block the thread.
 * @throws Error when the study no longer reads (EPIPE) or never did (EBADF).
 */
export function report(message: TrialMessage): void {
  const bytes = Buffer.from(encodeMessage(message));
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(reports, bytes, written);
    } catch (error) {
      // The pipe is full: the study is busy for a moment.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
