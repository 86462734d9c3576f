import { InputError } from '../errors.js';

const unitSeconds = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;
const longestSeconds = 365 * unitSeconds.d;

/**
 * Reads a duration such as `90s`, `6m`, `9h`, `1h30m` or `2d`; a plain number is seconds. Units stand from the largest to the smallest,
 * each at most once.
 *
 * @param where what the message of an error starts with, `--budget` for example
 * @returns seconds, in (0, 365 days]
 * @throws InputError for anything else
 */
export function parseDuration(text: string, where: string): number {
  const fail = (expected: string): never => {
    throw new InputError(where, expected, JSON.stringify(text), '90s, 6m, 9h or 1h30m');
  };
  const compact = text.replace(/\s+/g, '').toLowerCase();
  const number = String.raw`(\d+(?:\.\d*)?|\.\d+)`;
  const plain = new RegExp(`^${number}$`).exec(compact);
  const parts = new RegExp(`^(?:${number}d)?(?:${number}h)?(?:${number}m)?(?:${number}s)?$`).exec(compact);
  if (compact === '' || (plain === null && parts === null)) return fail('a duration');
  const [, days, hours, minutes, seconds] = parts ?? [];
  const total =
    plain === null
      ? Number(days ?? 0) * unitSeconds.d +
        Number(hours ?? 0) * unitSeconds.h +
        Number(minutes ?? 0) * unitSeconds.m +
        Number(seconds ?? 0)
      : Number(compact);
  if (!(total > 0)) return fail('a duration above zero');
  if (total > longestSeconds) return fail('a duration of at most 365d');
  return total;
}

/**
 * A duration for people: `45s`, `6m`, `1h30m`, `2d`. Whole seconds from 10 s on, tenths below; `parseDuration` reads what this writes.
 *
 * @param seconds any number; a negative one gets a minus sign
 */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return String(seconds);
  if (seconds < 0) return `-${formatDuration(-seconds)}`;
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))}s`;
  let rest = Math.round(seconds);
  let text = '';
  for (const [unit, length] of Object.entries(unitSeconds)) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
