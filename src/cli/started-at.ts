import { formatDuration } from '../budget/duration.js';
import { InputError } from '../errors.js';

const iso = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;
/** Clocks of two machines, or of a script and this program, differ by so much. */
const skewSeconds = 2;

/**
 * Reads the instant at which a budget began, for a limit that was running before this program was started.
 * @param text seconds since 1970 (`1764100800`, fractions allowed) or ISO 8601 (`2026-11-25T20:00:00Z`; without a zone it is local time).
 * @param nowEpochSeconds the wall clock.
 * @returns seconds since 1970, not later than now.
 * @throws InputError for anything else, for an instant to come, and where the budget is used up already.
 */
export function parseStartedAt(text: string, budgetSeconds: number, nowEpochSeconds: number): number {
  const where = '--started-at';
  const trimmed = text.trim();
  const seconds = /^\d+(\.\d*)?$/.test(trimmed)
    ? Number(trimmed)
    : iso.test(trimmed)
      ? Date.parse(trimmed.replace(',', '.').replace(' ', 'T')) / 1000
      : Number.NaN;
  const example = `${Math.floor(nowEpochSeconds)} or ${new Date(1000 * Math.floor(nowEpochSeconds)).toISOString()}`;
  if (!Number.isFinite(seconds)) {
    throw new InputError(where, 'seconds since 1970 or an ISO 8601 time', JSON.stringify(text), example);
  }
  const ago = nowEpochSeconds - seconds;
  if (ago < -skewSeconds)
    throw new InputError(where, 'an instant that has passed', `one in ${formatDuration(-ago)}`, example);
  if (ago >= budgetSeconds) {
    const got = `one ${formatDuration(ago)} ago`;
    throw new InputError(
      where,
      `an instant less than the budget of ${formatDuration(budgetSeconds)} ago`,
      got,
      example,
    );
  }
  return Math.min(seconds, nowEpochSeconds);
}
