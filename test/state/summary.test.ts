import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { emptyState, fold } from '../../src/state/fold.js';
import { summaryOf } from '../../src/state/summary.js';
import { plainWorld, simulate, tinySpace } from '../study/simulated.js';

/** A study whose scores and failures are drawn, with an interruption in the middle. */
async function anyStudy(draw: () => number): Promise<readonly StudyEvent[]> {
  const rung = () =>
    draw() < 0.2
      ? ({ kind: 'failure', reason: draw() < 0.5 ? 'crash' : 'diverged', afterSeconds: 1 } as const)
      : ({ kind: 'score', score: Math.round(10 * draw()) / 10 } as const);
  const space = { ...tinySpace, scheduler: { ...tinySpace.scheduler, kind: 'asha' as const } };
  const { play, events } = simulate({ world: { ...plainWorld, rung }, space, slots: 3, budgetSeconds: 900 });
  await play();
  const middle = Math.floor(events.length / 2);
  const at = events[middle]?.at ?? 0;
  return [...events.slice(0, middle), { type: 'study-interrupted', at, reason: 'a signal' }];
}

describe('the summary of the trials', () => {
  it('that is carried along is the one that is read out of all trials', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), async (numbers) => {
        let state = emptyState;
        summaryOf(state.trials);
        for (const event of await anyStudy(() => numbers.next().value)) {
          state = fold(state, event);
          expect(summaryOf(state.trials)).toEqual(summaryOf([...state.trials]));
        }
        expect(state.trials.length).toBeGreaterThan(0);
      }),
      { numRuns: 10 },
    );
  });
});
