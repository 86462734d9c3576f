import { describe, expect, it } from 'vitest';
import { reportOf, supervisedProcess } from '../../src/supervisor/supervised.js';

describe('what a supervisor is told', () => {
  it('is the end of a study, and whatever is worth starting again for', () => {
    expect(reportOf({ type: 'study-finished', at: 9, exitCode: 4, reason: '' })).toEqual({
      type: 'finished',
      exitCode: 4,
    });
    expect(reportOf({ type: 'final-checkpoint', at: 1, path: 'x', fraction: 0.1, images: 9 })).toEqual({
      type: 'progress',
    });
    // A resumed study may have nothing else to do.
    const prediction = { type: 'prediction-started', at: 1, trial: 0, rung: 0, slot: 0, killAt: 9 } as const;
    expect(reportOf(prediction)).toEqual({ type: 'working' });
    expect(reportOf({ type: 'rung-checkpoint', at: 1, trial: 0, fraction: 0.1 })).toEqual({ type: 'progress' });
    expect(reportOf({ type: 'final-predicted', at: 1, path: 'x' })).toEqual({ type: 'progress' });
    expect(reportOf({ type: 'told', at: 1, message: 'hello' })).toBeNull();
  });
});

describe('a supervised process', () => {
  it.each(['', 'x', '{}', '{"supervisor":0,"startedAtEpochSeconds":1}'])(
    'refuses what no supervisor writes: %s',
    (text) => {
      const env = { HYPERBUDGET_SUPERVISED: text };
      expect(() => supervisedProcess(env)).toThrow(/^HYPERBUDGET_SUPERVISED: expected what a supervisor writes/);
      expect(env).toEqual({});
    },
  );
});
