import { describe, expect, test } from 'vitest';
import { makePlan } from '../../src/budget/plan.js';
import { candidatesOf, incumbentOf, informedOutlook, mostPromisingTrial } from '../../src/model/choice.js';
import { isInformed, outlookOf, type TrialOutlook } from '../../src/model/outlook.js';
import { parseSearchSpace } from '../../src/space/parse.js';
import type { SearchSpace } from '../../src/space/types.js';
import type { FailureReason, StudyEvent } from '../../src/state/events.js';
import { fold } from '../../src/state/fold.js';
import type { EventOf } from '../../src/state/types.js';
import { created, finished, preparation, started, stateOf } from '../report/example-study.js';

const space = (kind: string) =>
  parseSearchSpace(
    `name: s
parameters:
  x: {type: float, low: 0, high: 1}
scheduler: {kind: ${kind}, unit: epochs, min: 1, max: 3, anneal: restart}
`,
    'space.yaml',
  );
const modelled = space('model-asha');

/** Twelve trials at one epoch; a high x looks worse there and better at three, where every third has been. */
function study(more: readonly StudyEvent[] = []): ReturnType<typeof stateOf> {
  const { brackets, promotion } = makePlan({
    budgetSeconds: 1000,
    searchStartsAt: 0,
    withFinal: true,
    scheduler: modelled.scheduler,
    budget: modelled.budget,
    slots: 1,
    secondsPerUnit: 1,
    overheadSeconds: 0,
  });
  const plan: StudyEvent = {
    type: 'plan-made',
    at: 22,
    searchEndsAt: 300,
    endsAt: 990,
    secondsPerUnit: 1,
    overheadSeconds: 0,
    promotion,
    brackets: brackets.map((bracket) => bracket.map((rung) => ({ ...rung }))),
  };
  const x = (trial: number) => ((trial * 5) % 12) / 11;
  const rung = (trial: number, index: number, at: number) => ({ ...started(trial, index, at), resource: 3 ** index });
  const trials = Array.from({ length: 12 }, (_, trial) => [
    created(trial, { x: x(trial) }),
    rung(trial, 0, 30 + trial),
    finished(trial, 0, 31 + trial, 0.6 - 0.1 * x(trial)),
    ...(trial % 3 === 0 ? [rung(trial, 1, 100 + trial), finished(trial, 1, 101 + trial, 0.6 + 0.3 * x(trial))] : []),
  ]);
  return stateOf([...preparation, plan, ...trials.flat(), ...more]);
}

describe('an outlook', () => {
  test('has the trials with what is measured, and says the same of the same results', () => {
    const state = study();
    const outlook = outlookOf(state, modelled);
    expect(outlook?.levels).toEqual([1, 3]);
    expect(outlook?.trials.map(({ level }) => level)).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]);
    const deviations = (level: number) =>
      outlook?.trials.flatMap((one) => (one.level === level ? [one.deviation] : [])) ?? [];
    expect(Math.max(...deviations(1))).toBeLessThan(Math.max(...deviations(0)));
    expect(outlookOf(study(), space('model-asha'))?.trials).toEqual(outlook?.trials);
    expect(outlookOf(state, modelled)).toBe(outlook);
  });

  test('sees a trial that failed before it had a score, unless it is tried again', () => {
    const expected = (...more: readonly StudyEvent[]) =>
      outlookOf(study(more), modelled)?.ofNew([{ x: 0.03 }])[0]?.mean ?? 0;
    const failed = (reason: 'diverged' | 'crash'): StudyEvent[] => [
      created(12, { x: 0.03 }),
      { ...(started(12, 0, 200) as EventOf<'rung-started'>), resource: 1 },
      { type: 'rung-failed', at: 201, trial: 12, rung: 0, reason, message: '', log: null },
    ];
    expect(expected(...failed('diverged'))).toBeLessThan(expected() - 0.01);
    expect(expected(...failed('crash'))).toBe(expected());
  });

  test('is there only once something has been measured', () => {
    expect(outlookOf(stateOf(preparation), modelled)).toBeNull();
  });

  test('of few trials knows nothing', () => {
    const outlook = outlookOf(study(), modelled);
    if (!outlook) throw new Error('expected an outlook');
    expect(isInformed(outlook)).toBe(true);
    expect(isInformed({ ...outlook, trials: outlook.trials.slice(0, 3) })).toBe(false);
    expect(isInformed({ ...outlook, skill: 0.3 })).toBe(false);
  });
});

describe('the trial that is chosen', () => {
  const trial = (number: number, mean: number, deviation: number): TrialOutlook => ({
    trial: number,
    configuration: {},
    level: 0,
    expectation: { means: [mean], variances: [deviation ** 2] },
    mean,
    deviation,
  });
  const outlook = (...trials: readonly TrialOutlook[]) => ({
    levels: [1],
    trials,
    skill: 1,
    ofNew: () => [],
    rateOf: () => 1,
  });

  test('is the one that may improve most on the best of the others, not the one with the highest score', () => {
    const given = outlook(trial(0, 2, 0), trial(1, 1.9, 0.01), trial(2, 1.5, 1));
    expect(mostPromisingTrial(given, [1, 2])).toBe(2);
    expect(mostPromisingTrial(given, [1])).toBe(1);
    expect(mostPromisingTrial(given, [7])).toBeNull();
  });

  test('wins a search by what is expected at the top: a slow starter, too', () => {
    const state = study();
    expect(informedOutlook(state, space('asha'))).toBeNull();
    const byScore = incumbentOf(state, space('asha'));
    expect(byScore?.score).toBe(Math.max(...state.trials.map(({ rungs }) => scoreOf(rungs.at(-1)))));
    // Of those that stopped at one epoch the best by score has the lowest x, and trials 2 and 7 the highest.
    const firstStopped = (one: SearchSpace) =>
      candidatesOf(state, one, state.trials.length).find(({ ranked }) => ranked.rung === 0)?.ranked.trial;
    expect(firstStopped(space('asha'))).toBe(5);
    expect([2, 7]).toContain(firstStopped(modelled));
    expect(candidatesOf(state, modelled, 2)).toHaveLength(2);
  });

  test.each(['asha', 'model-asha'])(
    'wins no search by %s where it has failed for good since, unless nobody else has a result',
    (kind) => {
      const one = space(kind);
      const state = study();
      const best = incumbentOf(state, one)?.trial ?? -1;
      const [second] = candidatesOf(state, one, 2).slice(1);
      const failing = (trial: number, reason: FailureReason): readonly StudyEvent[] => [
        { ...started(trial, 2, 200), resource: 9 } as StudyEvent,
        { type: 'rung-failed', at: 210, trial, rung: 2, reason, message: '', log: null },
      ];
      const winnerAfter = (...events: readonly StudyEvent[]) => incumbentOf(events.reduce(fold, state), one)?.trial;
      for (const reason of ['diverged', 'error'] as const)
        expect(winnerAfter(...failing(best, reason))).toBe(second?.ranked.trial);
      // It runs again, or its final training ends in time however slow it is.
      for (const reason of ['interrupted', 'crash', 'out-of-memory', 'over-time'] as const)
        expect(winnerAfter(...failing(best, reason))).toBe(best);
      expect(winnerAfter(...state.trials.flatMap(({ trial }) => failing(trial, 'diverged')))).toBe(best);
    },
  );
});

function scoreOf(rung: unknown): number {
  return (rung as { readonly result: { readonly score: number } }).result.score;
}
