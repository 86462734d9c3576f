import { InputError } from '../../errors.js';

const unitBytes = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
} as const satisfies Readonly<Record<string, number>>;

/** Larger than any memory: what is more is a slip of the hand. */
const largestBytes = 1e15;

/**
 * Reads a size such as `6GB` (6·10⁹), `6GiB` (6·2³⁰), `500 MB` or `6000000000`.
 * @param where what the message of an error starts with, `--gpu-memory` for example.
 * @returns whole bytes, in [1, 10¹⁵].
 * @throws InputError for anything else.
 */
export function parseByteSize(text: string, where: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text.trim().toLowerCase()) ?? [];
  const factor = Object.entries(unitBytes).find(([name]) => name === unit)?.[1];
  const bytes = number === '' || factor === undefined ? Number.NaN : Math.floor(Number(number) * factor);
  if (bytes >= 1 && bytes <= largestBytes) return bytes;
  throw new InputError(where, 'a size in memory', JSON.stringify(text), '6GB, 6GiB or 6000000000');
}

/** A size as nvidia-smi counts it: whole MiB. */
export function formatMebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
