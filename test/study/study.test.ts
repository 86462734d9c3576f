import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SimulatedWorld, VirtualClock } from '../../src/executor/simulator.js';
import type { FailureReason } from '../../src/state/events.js';
import { rankTrials } from '../../src/state/ranking.js';
import { replay, type StudyLog } from '../../src/study/log.js';
import { plainWorld, simulate } from './simulated.js';

describe('a study', () => {
  it('searches, trains one final model and puts its submission in place before the deadline', async () => {
    const { play, events } = simulate();
    const state = await play();
    expect(state.finished).toMatchObject({ exitCode: 0 });
    expect(state.finished?.at).toBeLessThanOrEqual(600);
    expect(state.finished?.at).toBeGreaterThan(0.99 * 600);
    expect(state.submission).toMatchObject({ source: 'final', rows: 100 });
    expect(events.filter(({ type }) => type === 'final-started')).toHaveLength(1);
    expect(state.searchEnd?.winner).toBe(rankTrials(state)[0]?.trial);
  });

  it('starts with the default configuration', async () => {
    const { play } = simulate();
    const state = await play();
    expect(state.trials[0]).toMatchObject({ origin: 'default', configuration: { 'optimizer.learningRate': 0.1 } });
  });

  it('ends the search near the planned end and keeps its slots busy until then', async () => {
    const { play } = simulate();
    const state = await play();
    const planned = state.plan?.searchEndsAt ?? 0;
    expect(state.searchEnd?.at).toBeLessThanOrEqual(planned + 0.06 * 600);
    const busy = state.trials.flatMap(({ rungs }) =>
      rungs.map((record) => (record.status === 'finished' ? record.result.wallSeconds : 0)),
    );
    expect(busy.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThan(0.8 * 2 * planned);
  });

  it('places a submission of the first good trial while the search goes on', async () => {
    const { play, events } = simulate();
    await play();
    const sources = events.flatMap((event) => (event.type === 'submission-written' ? [event.source] : []));
    expect(sources[0]).toBe('trial');
    expect(sources.at(-1)).toBe('final');
    const types = events.map(({ type }) => type);
    expect(types.indexOf('submission-written')).toBeLessThan(types.indexOf('search-ended'));
  });

  it('searches to the end of the budget where no final run is wanted', async () => {
    const { play } = simulate({ mode: 'search' });
    const state = await play();
    expect(state.finished).toMatchObject({ exitCode: 0 });
    expect(state.final.status).toBe('waiting');
    expect(state.finished?.at).toBeLessThanOrEqual(600);
    expect(state.finished?.at).toBeGreaterThan(0.9 * 600);
  });

  it('makes the same decisions from the same seed and events, and others from another seed', async () => {
    const runs = [1, 1, 2].map((seed) => simulate({ seed }));
    for (const { play } of runs) await play();
    expect(runs[1]?.events).toEqual(runs[0]?.events);
    expect(runs[2]?.events).not.toEqual(runs[0]?.events);
  });
});

describe('the points of a curve', () => {
  it.each([
    [600, 1],
    [20_000, 2],
  ])(
    'in a study of %i s are journalled every %i s at most, however often a trial reports',
    async (budgetSeconds, least) => {
      const { play, tell, clock, events } = simulate({ budgetSeconds, slots: 1 });
      const point = { fraction: 0.5, step: 1, images: 1, epochs: 1, loss: 1, learningRate: 0.1, imagesPerSecond: 9 };
      const report = () => {
        tell({ type: 'message', slot: 0, message: { type: 'progress', ...point } });
        if (clock.nowSeconds() < budgetSeconds) clock.at(clock.nowSeconds() + 0.3, report);
      };
      report();
      await play();
      const times = events.flatMap(({ type, at }) =>
        type === 'rung-progress' || type === 'final-progress' ? [at] : [],
      );
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(least - 1e-9);
      expect(times.length).toBeGreaterThan(budgetSeconds / least / 2);
    },
  );
});

describe('failures', () => {
  const failing = (reason: FailureReason, which: (trial: number) => boolean): SimulatedWorld => ({
    ...plainWorld,
    rung: (configuration, trial, rung, resource, start) =>
      which(trial)
        ? { kind: 'failure', reason, afterSeconds: 1 }
        : plainWorld.rung(configuration, trial, rung, resource, start),
  });

  it('of some trials cost their places only', async () => {
    const { play } = simulate({ world: failing('crash', (trial) => trial % 3 === 0) });
    const state = await play();
    expect(state.finished).toMatchObject({ exitCode: 0 });
    expect(state.trials[state.searchEnd?.winner ?? 0]?.rungs.at(-1)?.status).toBe('finished');
  });

  it('of some trials at their first start cost no place', async () => {
    const world: SimulatedWorld = {
      ...plainWorld,
      rung: (configuration, trial, rung, resource, start) =>
        trial % 3 === 0 && start.starts === 1
          ? { kind: 'failure', reason: 'crash', afterSeconds: 1 }
          : plainWorld.rung(configuration, trial, rung, resource, start),
    };
    const state = await simulate({ world }).play();
    expect(state.trials.length).toBeGreaterThan(3);
    for (const { rungs } of state.trials) for (const { status } of rungs) expect(status).toBe('finished');
  });

  it('of every trial leave the default configuration for the final run', async () => {
    const { play } = simulate({ world: failing('diverged', () => true), budgetSeconds: 120 });
    const state = await play();
    expect(state.searchEnd).toMatchObject({ winner: 0 });
    expect(state.submission?.source).toBe('final');
  });

  it('of the final training are tried again, a divergence at half the learning rate', async () => {
    const world: SimulatedWorld = {
      ...plainWorld,
      final: (_configuration, _seconds, attempt) =>
        attempt === 1 ? { kind: 'failure', reason: 'diverged', afterSeconds: 30 } : { kind: 'score', score: 0.9 },
    };
    const { play, events } = simulate({ world });
    const state = await play();
    const starts = events.flatMap((event) => (event.type === 'final-started' ? [event.learningRateFactor] : []));
    expect(starts).toEqual([1, 0.5]);
    expect(state.finished).toMatchObject({ exitCode: 0 });
  });

  it('of every final training end with the submission of a trial and exit code 4', async () => {
    const world: SimulatedWorld = {
      ...plainWorld,
      final: () => ({ kind: 'failure', reason: 'hang', afterSeconds: 60 }),
    };
    const { play } = simulate({ world });
    const state = await play();
    expect(state.finished).toMatchObject({ exitCode: 4 });
    expect(state.finished?.at).toBeLessThanOrEqual(600);
    expect(state.submission?.source).toBe('trial');
  });

  it('of every final training end with the submission of a trial also where predicting was too slow to be done in the search', async () => {
    // 8 s for 100 images: more than a hundredth of the budget.
    const world: SimulatedWorld = {
      ...plainWorld,
      inferenceImagesPerSecond: 12,
      final: () => ({ kind: 'failure', reason: 'hang', afterSeconds: 1e9 }),
    };
    const { play, events } = simulate({ world });
    const state = await play();
    expect(state.submission).toMatchObject({ source: 'trial', trial: state.searchEnd?.winner });
    expect(state.finished).toMatchObject({ exitCode: 4 });
    const order = events.flatMap(({ type }) =>
      /^(search-ended|prediction-started|final-started)$/.test(type) ? [type] : [],
    );
    expect(order).toEqual(['search-ended', 'prediction-started', 'final-started']);
  });

  it('of a final training for want of memory are answered by smaller micro-batches', async () => {
    const world: SimulatedWorld = {
      ...plainWorld,
      final: (_configuration, _seconds, _attempt, { memoryShare }) =>
        memoryShare > 0.25
          ? { kind: 'failure', reason: 'out-of-memory', afterSeconds: 3 }
          : { kind: 'score', score: 0.9 },
    };
    const { play, events } = simulate({ world });
    expect(await play()).toMatchObject({ finished: { exitCode: 0 }, submission: { source: 'final' } });
    expect(events.flatMap((event) => (event.type === 'final-started' ? [event.memoryShare] : []))).toEqual([
      1, 0.5, 0.25,
    ]);
  });

  it('of a final training that has predicted cost neither its predictions nor, where these cannot be placed, its end', async () => {
    const world: SimulatedWorld = {
      ...plainWorld,
      final: () => ({ kind: 'failure', reason: 'hang', afterSeconds: 1e9 }),
      reports: (assignment) =>
        assignment.type === 'final'
          ? [{ afterSeconds: 300, message: { type: 'predicted', path: '/study/final/predictions.csv' } }]
          : [],
    };
    const { play, events } = simulate({ world });
    const state = await play();
    expect(state.submission).toMatchObject({ source: 'final' });
    const at = events.find(({ type }) => type === 'final-predicted')?.at;
    expect(state.submission?.at).toBe(at);
    expect(state.finished).toMatchObject({ exitCode: 0, reason: expect.stringContaining('missing') });
    expect(events.filter(({ type }) => type === 'final-started')).toHaveLength(1);

    let isRefused = true;
    const placeSubmission = (predictions: string) => {
      if (!predictions.endsWith('final/predictions.csv') || !isRefused) return 100;
      isRefused = false;
      throw new Error('ENOSPC');
    };
    const again = await simulate({ world: { ...world, final: plainWorld.final }, placeSubmission }).play();
    expect(again.told).toMatchObject([{ message: 'ENOSPC' }]);
    expect(again).toMatchObject({
      finished: { exitCode: 0 },
      final: { status: 'finished' },
      submission: { source: 'final' },
    });
  });

  it('of a final training in its last seconds end with a submission from its last checkpoint', async () => {
    const world: SimulatedWorld = {
      ...plainWorld,
      final: (_configuration, seconds) => ({ kind: 'failure', reason: 'crash', afterSeconds: seconds - 2 }),
      reports: (assignment) =>
        assignment.type === 'final'
          ? [
              {
                afterSeconds: 100,
                message: { type: 'checkpoint', path: '/study/final/final.checkpoint', fraction: 0.3, images: 1e6 },
              },
            ]
          : [],
    };
    const { play, events } = simulate({ world });
    const state = await play();
    expect(state.submission).toMatchObject({ source: 'final-checkpoint' });
    expect(state.finished).toMatchObject({ exitCode: 4, reason: expect.stringContaining('last checkpoint') });
    expect(state.finished?.at).toBeLessThanOrEqual(600);
    expect(events.filter(({ type }) => type === 'final-started')).toHaveLength(1);
  });

  it('of the engine itself are answered by another engine, and the study goes on with that', async () => {
    let isLost = true;
    const world: SimulatedWorld = {
      ...plainWorld,
      rung: (...input) => (isLost ? { kind: 'failure', reason: 'error', afterSeconds: 1 } : plainWorld.rung(...input)),
    };
    const replaceEngine = async (log: StudyLog, clock: VirtualClock) => {
      isLost = false;
      const { engine } = log.state;
      expect(log.state.trials.every(({ rungs }) => rungs.at(-1)?.status !== 'running')).toBe(true);
      if (engine) log.record({ ...engine, at: clock.nowSeconds(), engine: 'another' });
    };
    const { play, events } = simulate({ world, replaceEngine });
    expect(await play()).toMatchObject({ finished: { exitCode: 0 }, engine: { engine: 'another' } });
    const chosen = events.flatMap((event) => (event.type === 'engine-chosen' ? [event.engine] : []));
    expect(chosen).toEqual(['simulated', 'another']);
    const failed = events.filter(({ type }) => type === 'rung-failed');
    expect(failed.length).toBeGreaterThanOrEqual(5);
    expect(failed.length).toBeLessThan(8);
  });

  it('of the engine do not keep a study from its end while another one is looked for', async () => {
    const world: SimulatedWorld = {
      ...plainWorld,
      rung: () => ({ kind: 'failure', reason: 'error', afterSeconds: 1 }),
    };
    const state = await simulate({ world, replaceEngine: () => new Promise(() => undefined) }).play();
    expect(state.finished?.at).toBeLessThanOrEqual(600);
    expect(state.finished?.at).toBeGreaterThan(590);
  });

  it('to put a submission in place cost that submission only', async () => {
    const refuse = (part: string) => (predictions: string) => {
      if (predictions.includes(part)) throw new Error('no space left');
      return 100;
    };
    const search = simulate({ placeSubmission: refuse('trials') });
    expect(await search.play()).toMatchObject({ finished: { exitCode: 0 }, submission: { source: 'final' } });
    const ends = search.events.flatMap((event) => (event.type === 'prediction-ended' ? [event.failed] : []));
    expect(ends).toContain('no space left');
    const final = await simulate({ placeSubmission: refuse('final') }).play();
    expect(final).toMatchObject({
      finished: { exitCode: 4, reason: 'no space left' },
      submission: { source: 'trial' },
    });
    const none = await simulate({ placeSubmission: refuse('') }).play();
    expect(none).toMatchObject({ finished: { exitCode: 1 }, submission: null });
  });

  it('of any kind at any time never break the deadline or the rule of one submission that stands', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 50, maxLength: 50 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 90, max: 2000 }),
        async (luck, failureRate, slots, budgetSeconds) => {
          let draw = 0;
          const next = () => luck[draw++ % luck.length] ?? 0;
          const world: SimulatedWorld = {
            ...plainWorld,
            rung: (...input) =>
              next() < failureRate
                ? { kind: 'failure', reason: 'out-of-memory', afterSeconds: 5 * next() }
                : plainWorld.rung(...input),
            final: () =>
              next() < failureRate
                ? { kind: 'failure', reason: 'crash', afterSeconds: 50 * next() }
                : { kind: 'score', score: 1 },
          };
          const { play, events } = simulate({ world, slots, budgetSeconds });
          const state = await play();
          expect(state.finished?.at ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(budgetSeconds);
          expect(events.filter(({ type }) => type === 'final-finished').length).toBeLessThanOrEqual(1);
          expect(state.finished?.exitCode).toBe(
            state.submission?.source === 'final' ? 0 : state.submission ? 4 : state.finished?.exitCode,
          );
          // The journal alone gives the same state again.
          expect(replay(events)).toEqual(JSON.parse(JSON.stringify(state)));
        },
      ),
      { numRuns: 60 },
    );
  });
});
