import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export interface LineListener {
  /** A whole line without its end; what stands behind the last line end when the stream ends, too. */
  readonly onLine: (line: string) => void;
  /** Called once a line that is longer than allowed; it is passed over. */
  readonly onTooLong: () => void;
  /** Called once when the stream has ended. */
  readonly onEnd?: () => void;
}

/** Reads lines from a stream. A line without an end takes no more memory than `longest` characters and one piece of the stream. */
export function readLines(input: Readable, longest: number, { onLine, onTooLong, onEnd }: LineListener): void {
  const decoder = new StringDecoder('utf8');
  let begun = '';
  let skipping = false;
  const take = (text: string) => {
    const parts = text.split('\n');
    const rest = parts.pop() ?? '';
    for (const part of parts) {
      const line = begun + part;
      begun = '';
      if (!skipping) deliver(line);
      skipping = false;
    }
    if (skipping) return;
    begun += rest;
    if (begun.length > longest) {
      begun = '';
      skipping = true;
      onTooLong();
    }
  };
  const deliver = (line: string) => {
    if (line.length > longest) onTooLong();
    else onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  };
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    take(decoder.end());
    if (!skipping && begun !== '') deliver(begun);
    onEnd?.();
  };
  input.on('data', (data: Buffer) => take(decoder.write(data)));
  input.on('end', end);
  input.on('close', end);
}
