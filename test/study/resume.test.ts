import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/executor/simulator.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';
import type { StudyEvent } from '../../src/state/events.js';
import { emptyState, fold } from '../../src/state/fold.js';
import type { StudyState } from '../../src/state/types.js';
import { nextAction } from '../../src/study/decide.js';
import { replay } from '../../src/study/log.js';
import { plainWorld, simulate } from './simulated.js';

const withoutTimes = (events: readonly StudyEvent[]) =>
  events.filter(({ type }) => type === 'trial-created').map((event) => ({ ...event, at: 0 }));

/** What a space has that names nothing, with some trainings that diverge. */
const byDefault = () => {
  const space = searchSpaceFromPlain({
    name: 'default',
    parameters: {
      'optimizer.learningRate': { type: 'float', low: 0.01, high: 1, log: true },
      'network.width': { type: 'choice', values: [8, 16, 32] },
    },
    scheduler: { min: 4 },
  });
  const world: typeof plainWorld = {
    ...plainWorld,
    rung: (configuration, trial, rung, resource, attempt) =>
      trial % 9 === 5
        ? { kind: 'failure', reason: 'diverged', afterSeconds: 1 }
        : plainWorld.rung(configuration, trial, rung, resource, attempt),
  };
  return simulate({ space, world, slots: 3, budgetSeconds: 600 });
};

describe('an interrupted study', () => {
  it.each([
    ['of brackets', () => simulate()],
    ['by default', byDefault],
  ])(
    '%s decides at every event exactly what the uninterrupted one decided, from the journal and the clock alone',
    async (_, make) => {
      const { play, events } = make();
      await play();
      let state: StudyState = emptyState;
      let decisions = 0;
      for (const event of events) {
        // What a process that starts right here, with this journal, would do at this clock reading.
        const space = state.space ? searchSpaceFromPlain(state.space.space) : null;
        const action = space && nextAction(replay(events.slice(0, events.indexOf(event))), space, event.at);
        if (event.type === 'trial-created') {
          expect(action).toMatchObject({
            type: 'create-trial',
            trial: event.trial,
            configuration: event.configuration,
          });
          decisions++;
        }
        if (event.type === 'rung-started') {
          const { trial, rung, slot, attempt, memoryShare, resource, killAt } = event;
          expect(action).toMatchObject({
            type: 'start-rung',
            trial,
            rung,
            slot,
            attempt,
            memoryShare,
            resource,
            killAt,
          });
          decisions++;
        }
        if (event.type === 'search-ended') expect(action).toMatchObject({ type: 'end-search', winner: event.winner });
        if (event.type === 'final-started') expect(action).toMatchObject({ type: 'start-final', trial: event.trial });
        state = fold(state, event);
      }
      expect(decisions).toBeGreaterThan(20);
    },
  );

  it('ends like the uninterrupted one when it goes on from any line of the journal without delay', async () => {
    const whole = simulate({ budgetSeconds: 200 });
    await whole.play();
    const planned = whole.events.findIndex(({ type }) => type === 'plan-made');
    for (let cut = planned + 1; cut < whole.events.length - 1; cut += 5) {
      const before = whole.events.slice(0, cut);
      const at = before.at(-1)?.at ?? 0;
      const state = fold(replay(before), { type: 'study-resumed', at, downSeconds: 0 });
      const resumed = simulate({ state, clock: new VirtualClock(at), budgetSeconds: 200 });
      const end = await resumed.play();
      expect(end.finished).toMatchObject({ exitCode: 0 });
      expect(end.submission?.source).toBe('final');
      expect(end.finished?.at).toBeLessThanOrEqual(200);
      // Finished rungs survive, and trials keep their configurations: both are functions of the journal.
      const created = withoutTimes(before);
      expect(end.trials.slice(0, created.length).map(({ configuration }) => configuration)).toEqual(
        created.map((event) => (event.type === 'trial-created' ? event.configuration : null)),
      );
      for (const event of before) {
        if (event.type !== 'rung-finished') continue;
        const record = end.trials[event.trial]?.rungs.find(({ rung }) => rung === event.rung);
        expect(record).toMatchObject({ status: 'finished', result: { score: event.score } });
      }
    }
  });

  it('goes on the same way however often it is resumed from the same journal', async () => {
    const { play, events } = simulate({ budgetSeconds: 300 });
    await play();
    const state = fold(replay(events.slice(0, 40)), { type: 'study-resumed', at: 60, downSeconds: 20 });
    const [first, second] = [1, 2].map(() => simulate({ state, clock: new VirtualClock(60) }));
    await first?.play();
    await second?.play();
    expect(second?.events).toEqual(first?.events);
  });

  it('counts the time it was down against the deadline', async () => {
    const { play, events } = simulate({ budgetSeconds: 300 });
    await play();
    const state = fold(replay(events.slice(0, 40)), { type: 'study-resumed', at: 240, downSeconds: 180 });
    const resumed = simulate({ state, clock: new VirtualClock(240), budgetSeconds: 300 });
    const end = await resumed.play();
    expect(end.finished?.at).toBeLessThanOrEqual(300);
    expect(end.submission?.source).toBe('final');
    expect(resumed.events.some(({ type }) => type === 'rung-started')).toBe(false);
  });

  it('saves what runs when it is interrupted, and can be resumed', async () => {
    const { study, play, clock } = simulate();
    clock.at(50, () => study.interrupt('a signal'));
    const state = await play();
    expect(state.phase).toBe('interrupted');
    expect(state.finished).toBeNull();
    expect(state.trials.every(({ rungs }) => rungs.at(-1)?.status !== 'running')).toBe(true);
    const resumed = fold(state, { type: 'study-resumed', at: 60, downSeconds: 10 });
    expect(resumed.phase).toBe('search');
    const end = await simulate({ state: resumed, clock: new VirtualClock(60) }).play();
    expect(end.finished).toMatchObject({ exitCode: 0 });
  });
});
