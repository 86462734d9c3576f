import type { Writable } from 'node:stream';
import { messageOf } from '../errors.js';

/**
 * Watches a stream that a command prints to.
 * @returns waits for what was printed, though not for a terminal, and says why some of it is lost; null where nothing is: a reader that has closed its
 * end has seen enough.
 */
export function watchOutput(stream: Writable & { readonly isTTY?: boolean }): () => Promise<string | null> {
  let problem: string | null = null;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') problem ??= messageOf(error);
  });
  return () =>
    new Promise((resolve) => {
      // The stream's error comes after the callback of the write that met it.
      const answer = () => setImmediate(() => resolve(problem));
      if (stream.writableLength === 0 || stream.isTTY) answer();
      // Even nothing is too much for what is full.
      else stream.write('', answer);
    });
}
