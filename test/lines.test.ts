import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from '../src/lines.js';

/** What is read from pieces of a stream that ends behind them; `!` stands for a line that is too long. */
async function read(pieces: readonly Uint8Array[], longest: number): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  const ended = new Promise<void>((onEnd) => {
    readLines(stream, longest, { onLine: (line) => lines.push(line), onTooLong: () => lines.push('!'), onEnd });
  });
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await ended;
  return lines;
}

describe('lines', () => {
  it('come whole however the stream is cut, characters of several bytes included', async () => {
    const text = Buffer.from('first\nzweite für alle 😀\r\n\nlast');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 6 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.subarray(places[index], end));
        expect(await read(pieces, 100)).toEqual(['first', 'zweite für alle 😀', '', 'last']);
      }),
    );
  });

  it('that are too long are passed over and told once, those behind them are read', async () => {
    const pieces = ['ab\n', 'x'.repeat(20), 'x'.repeat(20), 'x\nc', 'd\n', `${'y'.repeat(11)}\n`, 'z'.repeat(12)];
    expect(
      await read(
        pieces.map((piece) => Buffer.from(piece)),
        10,
      ),
    ).toEqual(['ab', '!', 'cd', '!', '!']);
  });
});
