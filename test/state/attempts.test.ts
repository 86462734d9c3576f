import { describe, expect, it } from 'vitest';
import { hasFailed, isTriedAgain, nextAttempt, wouldFail } from '../../src/state/attempts.js';
import type { FailureReason } from '../../src/state/events.js';
import type { RungRecord } from '../../src/state/types.js';

type Failed = Extract<RungRecord, { status: 'failed' }>;

const failed = (reason: FailureReason, attempt = 1, memoryShare = 1): Failed => ({
  status: 'failed',
  rung: 0,
  resource: 10,
  startedAt: 0,
  failedAt: 1,
  attempt,
  memoryShare,
  reason,
  message: 'm',
  log: null,
});

/** How a rung is started that ends for these reasons one after the other, as long as it is tried again. */
function starts(...reasons: readonly FailureReason[]): readonly [number, number][] {
  const seen: [number, number][] = [];
  let before: RungRecord | undefined;
  for (const reason of reasons) {
    const { attempt, memoryShare } = nextAttempt(before);
    seen.push([attempt, memoryShare]);
    const record = failed(reason, attempt, memoryShare);
    if (!isTriedAgain(record)) break;
    before = record;
  }
  return seen;
}

describe('a rung', () => {
  it.each(['crash', 'hang', 'protocol'] as const)('that ended by %s is tried three times in all', (reason) => {
    expect(starts(reason, reason, reason, reason)).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  it('that ran out of memory is tried once more with half the micro-batch', () => {
    expect(starts('out-of-memory', 'out-of-memory', 'out-of-memory')).toEqual([
      [1, 1],
      [2, 0.5],
    ]);
  });

  it('keeps the smaller micro-batch when it then fails in another way, and has three attempts all the same', () => {
    expect(starts('out-of-memory', 'crash', 'hang', 'crash')).toEqual([
      [1, 1],
      [2, 0.5],
      [3, 0.5],
    ]);
    expect(starts('crash', 'crash', 'out-of-memory', 'crash')).toHaveLength(3);
  });

  it.each(['diverged', 'over-time', 'error'] as const)('that ended by %s is not tried again', (reason) => {
    expect(starts(reason, reason)).toEqual([[1, 1]]);
  });

  it('that the study interrupted is done again as the same attempt, however often', () => {
    expect(starts('crash', 'interrupted', 'interrupted', 'interrupted', 'out-of-memory', 'interrupted')).toEqual([
      [1, 1],
      [2, 1],
      [2, 1],
      [2, 1],
      [2, 1],
      [3, 0.5],
    ]);
  });
});

describe('a trial', () => {
  it('has failed where its last rung has for good, and would fail in a final training unless that only took too long', () => {
    const of = (last: Failed) => [hasFailed({ rungs: [last] }), wouldFail({ rungs: [last] })];
    for (const reason of ['diverged', 'error'] as const) expect(of(failed(reason))).toEqual([true, true]);
    for (const reason of ['crash', 'hang', 'protocol', 'data'] as const) {
      expect(of(failed(reason, 2))).toEqual([false, false]);
      expect(of(failed(reason, 3))).toEqual([true, true]);
    }
    expect(of(failed('out-of-memory'))).toEqual([false, false]);
    expect(of(failed('out-of-memory', 2, 0.5))).toEqual([true, true]);
    expect(of(failed('interrupted', 3))).toEqual([false, false]);
    expect(of(failed('over-time'))).toEqual([true, false]);
    expect(hasFailed({ rungs: [] })).toBe(false);
  });
});
