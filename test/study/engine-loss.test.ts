import { describe, expect, it } from 'vitest';
import type { FailureReason, StudyEvent } from '../../src/state/events.js';
import { isEngineDoubtful } from '../../src/study/engine-loss.js';
import { created, finished, planned, preparation, started, stateOf } from '../report/example-study.js';

const on = (engine: string) =>
  preparation.map((event) => (event.type === 'engine-chosen' ? { ...event, engine } : event));
const begun = [...on('native-cpu'), planned, created(0, {}), created(1, {})];
/** A rung of a trial that has failed. */
const failing = (trial: number, reason: FailureReason = 'crash', at = 40): readonly StudyEvent[] => [
  started(trial, 0, at - 1),
  { type: 'rung-failed', at, trial, rung: 0, reason, message: 'm', log: null },
];
const five = [...failing(0), ...failing(0, 'hang'), ...failing(0, 'error'), ...failing(1, 'protocol'), ...failing(1)];
const isDoubtful = (events: readonly StudyEvent[], now = 50) => isEngineDoubtful(stateOf(events), now);

describe('an engine', () => {
  it('is doubted after five failures in a row of more than one trial', () => {
    expect(isDoubtful([...begun, ...five])).toBe(true);
    expect(isDoubtful([...begun, ...five.slice(2)])).toBe(false);
    expect(isDoubtful([...begun, ...Array.from({ length: 9 }, () => failing(0)).flat()])).toBe(false);
  });

  it('is not doubted for what the configurations did, nor after something has worked', () => {
    expect(isDoubtful([...begun, ...five.slice(2), ...failing(1, 'diverged'), ...failing(1, 'out-of-memory')])).toBe(
      false,
    );
    const worked = [started(0, 0, 41), finished(0, 0, 42, 0.5)];
    expect(isDoubtful([...begun, ...five, ...worked])).toBe(false);
  });

  it('is not doubted for damaged data', () => {
    const data = [0, 0, 1, 1, 1].flatMap((trial) => failing(trial, 'data'));
    expect(isDoubtful([...begun, ...data])).toBe(false);
    expect(isDoubtful([...begun, ...data, ...five])).toBe(true);
  });

  it('is not doubted again before it has failed as often again', () => {
    const anew = on('native-cpu').filter(({ type }) => type === 'engine-chosen');
    expect(isDoubtful([...begun, ...five, ...anew])).toBe(false);
    expect(isDoubtful([...begun, ...five, ...anew, ...five])).toBe(true);
  });

  it('is never doubted where there is no other, and not without time to look', () => {
    expect(isDoubtful([...on('wasm'), planned, created(0, {}), created(1, {}), ...five])).toBe(false);
    expect(isDoubtful([...begun, ...five], 330)).toBe(false);
  });

  it('is doubted in the final run, too, by what failed since it last trained', () => {
    const ended: StudyEvent = { type: 'search-ended', at: 100, reason: 'r', winner: 0 };
    const attempt = (at: number): readonly StudyEvent[] => [
      {
        type: 'final-started',
        at,
        trial: 0,
        slot: 0,
        attempt: 1,
        memoryShare: 1,
        resolution: 32,
        learningRateFactor: 1,
        endsAt: 350,
        killAt: 356,
      },
      { type: 'final-failed', at: at + 1, reason: 'crash', message: 'm', log: null },
    ];
    const attempts = [110, 120, 130, 140, 150].flatMap(attempt);
    expect(isDoubtful([...begun, ended, ...attempts], 160)).toBe(true);
    const [start] = attempt(145);
    const progress = { fraction: 0.5, images: 1, epochs: 1, loss: 1, learningRate: 0.1, imagesPerSecond: 9 };
    const trained: StudyEvent = { type: 'final-progress', at: 146, ...progress };
    expect(
      isDoubtful([...begun, ended, ...attempts.slice(0, 8), ...(start ? [start, trained] : []), ...attempt(150)], 160),
    ).toBe(false);
  });
});
