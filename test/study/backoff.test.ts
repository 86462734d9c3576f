import { describe, expect, it } from 'vitest';
import type { SimulatedWorld } from '../../src/executor/simulator.js';
import { rungNotBefore } from '../../src/study/backoff.js';
import { plainWorld, simulate } from './simulated.js';

describe('failures in a row', () => {
  it('slow the next start down, so that a broken machine does not burn thousands of trials', async () => {
    const world: SimulatedWorld = {
      ...plainWorld,
      rung: () => ({ kind: 'failure', reason: 'crash', afterSeconds: 0.1 }),
      final: () => ({ kind: 'failure', reason: 'crash', afterSeconds: 0.1 }),
    };
    const { play, events } = simulate({ world, budgetSeconds: 600 });
    const state = await play();
    expect(state.finished?.at).toBeLessThanOrEqual(600);
    const starts = events.filter(({ type }) => type === 'rung-started' || type === 'final-started');
    expect(starts.length).toBeLessThan(60);
    expect(starts.length).toBeGreaterThan(10);
  });

  it('do not count once something has finished', async () => {
    const { play } = simulate({ world: plainWorld, budgetSeconds: 120 });
    expect(rungNotBefore(await play())).toBe(0);
  });

  it('that are the configurations’ own cost no wait before the thirteenth, and then a second each, were they to take no time at all', async () => {
    const failing: SimulatedWorld = {
      ...plainWorld,
      rung: () => ({ kind: 'failure', reason: 'diverged', afterSeconds: 0 }),
    };
    const { play, events } = simulate({ world: failing, slots: 1, budgetSeconds: 100, mode: 'search' });
    expect((await play()).finished?.at).toBeLessThanOrEqual(100);
    const starts = events.flatMap(({ type, at }) => (type === 'rung-started' ? [at] : []));
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(gaps.slice(0, 16)).toEqual([...Array(12).fill(0), 1, 1, 1, 1]);
    expect(starts.length).toBeLessThan(120);
  });

  it('double the wait up to half a minute', async () => {
    const world: SimulatedWorld = {
      ...plainWorld,
      rung: () => ({ kind: 'failure', reason: 'hang', afterSeconds: 0.1 }),
    };
    const { play, events } = simulate({ world, slots: 1, budgetSeconds: 2000, mode: 'search' });
    await play();
    const starts = events.flatMap(({ type, at }) => (type === 'rung-started' ? [at] : []));
    const gaps = starts.slice(1).map((at, index) => Math.round(at - (starts[index] ?? 0)));
    expect(gaps.slice(0, 9)).toEqual([0, 0, 1, 2, 4, 8, 16, 30, 30]);
  });
});
