import { describe, expect, it } from 'vitest';
import { parseStartedAt } from '../../src/cli/started-at.js';

const now = Date.parse('2026-03-01T12:00:00Z') / 1000;
const read = (text: string) => parseStartedAt(text, 3600, now);

describe('--started-at', () => {
  it.each([
    [String(now - 60), now - 60],
    [` ${now - 0.5} `, now - 0.5],
    ['2026-03-01T11:59:00Z', now - 60],
    ['2026-03-01 12:59:30.5+01:00', now - 29.5],
    ['2026-03-01T12:00:01Z', now],
  ])('reads %s', (text, seconds) => {
    expect(read(text)).toBeCloseTo(seconds, 3);
  });

  it.each(['', 'noon', '-5', '1e9', '2026-03-01', 'Sun Mar 01 2026', '2026-13-01T00:00:00Z'])('refuses %s', (text) => {
    expect(() => read(text)).toThrow(
      /^--started-at: expected seconds since 1970 or an ISO 8601 time, got .*; try 17\d+ or/,
    );
  });

  it('refuses an instant to come, and one that leaves nothing of the budget', () => {
    expect(() => read(String(now + 60))).toThrow(/an instant that has passed, got one in 1m/);
    expect(() => read(String(now - 3600))).toThrow(/less than the budget of 1h ago, got one 1h ago/);
  });
});
