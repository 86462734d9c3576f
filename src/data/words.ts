/**
 * Bytes as 32-bit words, the first byte lowest: engines run on little-endian machines only.
 *
 * @returns null where the bytes do not begin or end at a word
 */
export function wordsOf(bytes: Uint8Array): Int32Array | null {
  if ((bytes.byteOffset | bytes.length) % 4 !== 0) return null;
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}
