import { describe, expect, it } from 'vitest';
import type { EventOf } from '../../src/state/types.js';
import { mayRank, startingRung } from '../../src/study/ranking-rungs.js';
import { created, finished, preparation, started, stateOf } from '../report/example-study.js';
import { plainWorld, simulate, tinySpace } from './simulated.js';

const space = {
  ...tinySpace,
  scheduler: { ...tinySpace.scheduler, kind: 'asha', sampler: 'random', max: 36 } as const,
};

const world = (atTheTop: (score: number) => number): typeof plainWorld => ({
  ...plainWorld,
  rung: (configuration, trial, index, resource, attempt) => {
    const told = plainWorld.rung(configuration, trial, index, resource, attempt);
    return told.kind === 'score' && resource > 30 ? { ...told, score: atTheTop(told.score) } : told;
  },
});

/** Scores of two rungs, and from the top on what a function makes of them. */
const play = async (atTheTop: (score: number) => number) => {
  const { play, events } = simulate({ world: world(atTheTop), space, slots: 1, budgetSeconds: 6000 });
  const state = await play();
  const told = events.filter((event) => event.type === 'told').map(({ message }) => message);
  const height = (resource: number) =>
    state.trials.filter(({ rungs }) => rungs.some((one) => one.status === 'finished' && one.resource >= resource))
      .length;
  const end = events.find((event) => event.type === 'search-ended');
  const starts = events.flatMap((event) => (event.type === 'trial-created' ? [event.rung ?? 0] : []));
  return { told, part: height(30) / height(10), correlations: end?.rankCorrelations ?? [], starts };
};

describe('a ladder', () => {
  it('trains all of its last rung but one to the end where that rung does not rank, and says so once', async () => {
    const { told, part, correlations } = await play((score) => 1 - score);
    const wrong = told.filter((message) => message.startsWith('the last rung but one does not rank'));
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toMatch(/rung 12 -> 36: -/);
    expect(part).toBeGreaterThan(0.7);
    expect(correlations.at(-1)).toMatchObject({ lower: 12, upper: 36 });
    expect(correlations.at(-1)?.spearman.value).toBeLessThan(0);
  });

  it('starts new trials above the rungs that surely do not rank, and at the lowest where they do', async () => {
    const { starts, told } = await play((score) => 1 - score);
    expect(told.filter((message) => message.startsWith('the lowest rungs do not rank'))).toHaveLength(1);
    expect(starts[0]).toBe(0);
    expect(new Set(starts.slice(-10))).toEqual(new Set([2]));
    expect(new Set((await play((score) => score)).starts)).toEqual(new Set([0]));
  });

  it('keeps to one of eta where it ranks, and has nothing to say but for the journal', async () => {
    const { told, part, correlations } = await play((score) => score);
    expect(told).toEqual([]);
    expect(part).toBeLessThan(0.5);
    expect(correlations.at(-1)?.corrected.value).toBeGreaterThan(0.9);
  });
});

describe('rungs that few trials have been through', () => {
  const plan: EventOf<'plan-made'> = {
    type: 'plan-made',
    at: 22,
    searchEndsAt: 1000,
    endsAt: 2000,
    secondsPerUnit: 1,
    overheadSeconds: 1,
    brackets: [[10, 30, 90].map((resource) => ({ trials: 1, resource }))],
    promotion: { rule: 'asha', eta: 3 },
  };
  /** So many trials that have all been at the top, each in the opposite order there. */
  const reversed = (count: number) => {
    const trials = Array.from({ length: count }, (_, trial) => [
      created(trial, {}),
      ...[0.01, 0.01, -0.01].flatMap((sign, rung) => [
        started(trial, rung, 30 + trial),
        finished(trial, rung, 40 + trial, 0.5 + sign * trial),
      ]),
    ]);
    return stateOf([...preparation, plan, ...trials.flat()]);
  };

  it('are not given up, although each draw of four trials in the opposite order is in that order', () => {
    const [rungs = []] = plan.brackets;
    expect(startingRung(reversed(4), rungs)).toBe(0);
    expect(startingRung(reversed(7), rungs)).toBe(0);
    expect(startingRung(reversed(12), rungs)).toBe(2);
    expect(mayRank(reversed(4), rungs)).toBe(true);
    expect(mayRank(reversed(12), rungs)).toBe(false);
  });
});

describe('Hyperband', () => {
  /** How many rungs the brackets have that were opened in the second half of a long search, but for its end. */
  const lastBrackets = async (atTheTop: (score: number) => number) => {
    const brackets = { ...space, scheduler: { ...space.scheduler, kind: 'hyperband' as const } };
    const { play, events } = simulate({ world: world(atTheTop), space: brackets, slots: 1, budgetSeconds: 40_000 });
    const { plan } = await play();
    const opened = events.filter((event) => event.type === 'bracket-opened');
    return opened.slice(-40, -4).map(({ shape }) => plan?.brackets[shape]?.length);
  };

  it('opens brackets of a single rung only where the rungs of the others do not rank, and all in turn where they do', async () => {
    expect(new Set(await lastBrackets((score) => 1 - score))).toEqual(new Set([1]));
    expect(new Set(await lastBrackets((score) => score)).size).toBeGreaterThan(1);
  });
});
