import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SimulatedWorld, VirtualClock } from '../../src/executor/simulator.js';
import type { FailureReason, StudyEvent } from '../../src/state/events.js';
import { emptyState, fold } from '../../src/state/fold.js';
import { rankTrials } from '../../src/state/ranking.js';
import type { StudyState } from '../../src/state/types.js';
import { replay } from '../../src/study/log.js';
import { studyPaths } from '../../src/study/paths.js';
import { mostCheckpoints, type Retention, uselessCheckpoints } from '../../src/study/retention.js';
import { created, finished, started, stateOf, wholeStudy } from '../report/example-study.js';
import { plainWorld, simulate, tinySpace } from './simulated.js';

const reasons: readonly FailureReason[] = ['crash', 'hang', 'diverged', 'out-of-memory', 'over-time', 'error'];

/** Scores in a random order, and failures. */
function randomWorld(seed: number, failures: number): SimulatedWorld {
  let state = seed;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
  return {
    ...plainWorld,
    rung: () =>
      random() < failures
        ? { kind: 'failure', reason: reasons[Math.floor(random() * reasons.length)] ?? 'crash', afterSeconds: 0.5 }
        : { kind: 'score', score: random() },
  };
}

const kinds = ['hyperband', 'asha', 'pasha', 'single-rung'] as const;
const spaceOf = (kind: (typeof kinds)[number]) => ({ ...tinySpace, scheduler: { ...tinySpace.scheduler, kind } });

/** Plays events on a disk that is tidied after each; calls `check` before each with the files that stand. */
function onDisk(
  events: readonly StudyEvent[],
  start: StudyState,
  files: Set<string>,
  retention: Retention,
  check: (event: StudyEvent, files: ReadonlySet<string>, state: StudyState) => void,
): void {
  let state = start;
  for (const event of events) {
    check(event, files, state);
    if (event.type === 'rung-started') {
      files.add(studyPaths.trialTrunk(event.trial));
      files.add(studyPaths.trialRung(event.trial));
    }
    if (event.type === 'rung-finished') files.add(studyPaths.trialModel(event.trial));
    state = fold(state, event);
    for (const path of uselessCheckpoints(state, retention)) files.delete(path);
  }
  check({ type: 'told', at: state.at, message: '' }, files, state);
}

/** What an event's work goes on from. */
function expectNeeded(event: StudyEvent, files: ReadonlySet<string>, retention: Retention): void {
  if (event.type === 'rung-started' && event.rung > 0) {
    expect(files).toContain(studyPaths.trialTrunk(event.trial));
    if (retention === 'usual') expect(files).toContain(studyPaths.trialModel(event.trial));
  }
  if (event.type === 'prediction-started' && retention === 'usual')
    expect(files).toContain(studyPaths.trialModel(event.trial));
}

describe('which checkpoints stay', () => {
  it.each<Retention>(['usual', 'least'])('cost nothing that is trained or predicted next: %s', async (retention) => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1e6),
        fc.constantFrom(0, 0.1, 0.4),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(...kinds),
        async (seed, failures, slots, kind) => {
          const world = randomWorld(seed, failures);
          const space = spaceOf(kind);
          const { play, events } = simulate({ world, space, slots, seed, budgetSeconds: 400 });
          await play();
          onDisk(events, emptyState, new Set(), retention, (event, files) => expectNeeded(event, files, retention));
          // Interrupted anywhere and taken up again: what was left then is all there is.
          const cut = 10 + (seed % (events.length - 10));
          const files = new Set<string>();
          onDisk(events.slice(0, cut), emptyState, files, retention, () => undefined);
          const before = replay(events.slice(0, cut));
          const state = fold(before, { type: 'study-resumed', at: before.at, downSeconds: 0 });
          for (const path of uselessCheckpoints(state, retention)) files.delete(path);
          const clock = new VirtualClock(state.at);
          const resumed = simulate({ world, space, slots, seed, budgetSeconds: 400, state, clock });
          await resumed.play();
          // The first rung begins anew; a later one needs what the rung below has left.
          onDisk(resumed.events, state, files, retention, (event, left) => expectNeeded(event, left, retention));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('keep, on a full disk, the best model that the disk has taken, beside that of a better trial that it has not', () => {
    const unsaved = { ...finished(2, 0, 50, 0.95), model: null } as StudyEvent;
    const events = [0, 1, 2].flatMap((trial) => [created(trial, {}), started(trial, 0, 25)]);
    const end: StudyEvent = { type: 'search-ended', at: 60, reason: 'r', winner: 2 };
    const state = stateOf([...events, finished(0, 0, 40, 0.9), finished(1, 0, 41, 0.8), unsaved, end]);
    const useless = uselessCheckpoints(state, 'least');
    expect(useless).not.toContain(studyPaths.trialModel(0));
    expect(useless).toContain(studyPaths.trialModel(1));
  });

  it.each(kinds)('keeps no more than the plan says: %s', async (kind) => {
    let most = 0;
    for (const slots of [1, 2, 4, 8]) {
      const space = spaceOf(kind);
      const { play, events, log } = simulate({ world: randomWorld(7, 0.05), space, slots, budgetSeconds: 2000 });
      await play();
      const { brackets = [], promotion = { rule: 'halving' } } = log.state.plan ?? {};
      const bound = mostCheckpoints({ brackets, promotion }, slots);
      onDisk(events, emptyState, new Set(), 'usual', (_, files) => {
        most = Math.max(most, files.size / bound);
        expect(files.size).toBeLessThanOrEqual(bound);
      });
    }
    // A bound that nothing comes near says nothing.
    expect(most).toBeGreaterThan(0.2);
  });

  it('are, in the end, the models of the three best', async () => {
    const { play, events, log } = simulate({ world: randomWorld(3, 0.1) });
    await play();
    const files = new Set<string>();
    onDisk(events, emptyState, files, 'usual', () => undefined);
    const best = rankTrials(log.state).slice(0, 3);
    expect([...files].sort()).toEqual(best.map(({ trial }) => studyPaths.trialModel(trial)).sort());
    const least = uselessCheckpoints(log.state, 'least');
    expect([...files].filter((path) => !least.includes(path))).toEqual([studyPaths.trialModel(best[0]?.trial ?? -1)]);
  });

  it('of the final run go once its model stands, those of stand-ins, too', async () => {
    let attempts = 0;
    const world: SimulatedWorld = {
      ...plainWorld,
      final: () =>
        ++attempts < 4 ? { kind: 'failure', reason: 'crash', afterSeconds: 1 } : { kind: 'score', score: 1 },
    };
    const { play, log } = simulate({ world });
    await play();
    const { final } = log.state;
    if (final.status !== 'finished') throw new Error('the final run should have finished');
    expect(uselessCheckpoints(log.state, 'usual')).toEqual(
      expect.arrayContaining([
        'final/final.checkpoint',
        'final/final.previous.checkpoint',
        `final/trial-${final.start.trial}/final.checkpoint`,
      ]),
    );
  });

  it('of the final run stay where the disk did not take its model', () => {
    const until = wholeStudy.findIndex(({ type }) => type === 'final-finished');
    const saved: StudyEvent = {
      type: 'final-checkpoint',
      at: 300,
      path: 'final/final.checkpoint',
      fraction: 0.9,
      images: 1,
    };
    const result = wholeStudy[until];
    if (result?.type !== 'final-finished') throw new Error('the example lacks a final run');
    const state = replay([...wholeStudy.slice(0, until), saved, { ...result, model: null }]);
    expect(uselessCheckpoints(state, 'usual')).not.toContain('final/final.checkpoint');
    expect(uselessCheckpoints(state, 'usual')).not.toContain('final/final.previous.checkpoint');
    expect(uselessCheckpoints(state, 'least')).not.toContain('final/final.checkpoint');
  });

  it('of the final run all stay while it runs, but for the one before the newest where the disk is full and the newest is known to be whole', async () => {
    const { play, events } = simulate();
    await play();
    const started = events.findIndex(({ type }) => type === 'final-started');
    const running = replay(events.slice(0, started + 1));
    const ofFinal = (state: StudyState, retention: Retention) =>
      uselessCheckpoints(state, retention).filter((path) => path.startsWith('final'));
    expect(ofFinal(running, 'least')).toEqual([]);
    const { at } = running;
    const saved = fold(running, {
      type: 'final-checkpoint',
      at,
      path: 'final/final.checkpoint',
      fraction: 0,
      images: 1,
    });
    expect(ofFinal(saved, 'usual')).toEqual([]);
    expect(ofFinal(saved, 'least')).toEqual(['final/final.previous.checkpoint']);
    // A power cut may have torn what was saved before it.
    const start = events[started];
    if (!start) throw new Error('the final run should have started');
    const resumed = fold(saved, { type: 'study-resumed', at: at + 1, downSeconds: 1 });
    const again = fold(resumed, { ...start, at: at + 1 });
    expect(ofFinal(again, 'least')).toEqual([]);
  });
});
