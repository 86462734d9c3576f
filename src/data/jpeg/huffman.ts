import type { HuffmanCodes } from './frame.js';
import { huffman } from './layout.js';

const entryOf = (length: number, symbol: number): number => length | ((symbol >> 4) << 8) | ((symbol & 15) << 16);

/**
 * Writes the table that a scan is decoded with (ITU-T T.81, C.2 and F.2.2.3).
 *
 * @returns false where the codes are none: more than there is room for
 */
export function writeHuffmanTable({ counts, symbols }: HuffmanCodes, memory: ArrayBuffer, at: number): boolean {
  const entries = new Int32Array(memory, at + huffman.entries, 1 << huffman.lookupBits).fill(0);
  const limits = new Int32Array(memory, at + huffman.limits, 17).fill(0);
  const offsets = new Int32Array(memory, at + huffman.offsets, 17).fill(0);
  new Uint8Array(memory, at + huffman.symbols, 256).fill(0).set(symbols);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1] ?? 0;
    if (code + count > 1 << length) return false;
    offsets[length] = place - code;
    if (length <= huffman.lookupBits) {
      const spread = huffman.lookupBits - length;
      for (let index = 0; index < count; index++) {
        const begin = (code + index) << spread;
        entries.fill(entryOf(length, symbols[place + index] ?? 0), begin, begin + (1 << spread));
      }
    }
    code += count;
    place += count;
    limits[length] = count > 0 ? code : 0;
    code <<= 1;
  }
  return true;
}
