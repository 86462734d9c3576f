import { describe, expect, it } from 'vitest';
import { searchUntil } from '../../src/budget/search-until.js';
import { searchSpaceToPlain } from '../../src/space/plain.js';
import type { SearchSpace } from '../../src/space/types.js';
import type { FailureReason, StudyEvent } from '../../src/state/events.js';
import type { EventOf } from '../../src/state/types.js';
import { freeSlots, lastInstant, nextAction, preparingEndsAt } from '../../src/study/decide.js';
import { created, finished, planned, preparation, started, stateOf } from '../report/example-study.js';
import { tinySpace } from './simulated.js';

const plan: EventOf<'plan-made'> = {
  ...planned,
  brackets: [
    [
      { trials: 2, resource: 10 },
      { trials: 1, resource: 30 },
    ],
    [{ trials: 1, resource: 30 }],
  ],
};
const quiet = preparation.map((event) => {
  // Without test images nothing is predicted: only the search decides.
  if (event.type === 'data-packed') return { ...event, test: 0 };
  return event.type === 'space-chosen' ? { ...event, space: searchSpaceToPlain(tinySpace) } : event;
});
const open: StudyEvent = { type: 'bracket-opened', at: 23, bracket: 0, shape: 0 };
const failed = (trial: number, reason: FailureReason): StudyEvent => ({
  type: 'rung-failed',
  at: 40,
  trial,
  rung: 0,
  reason,
  message: 'm',
  log: null,
});
const decide = (now: number, ...events: readonly StudyEvent[]) =>
  nextAction(stateOf([...quiet, plan, ...events]), tinySpace, now);

describe('what comes next', () => {
  it('is nothing before the plan, after the end and while interrupted', () => {
    expect(nextAction(stateOf(quiet), tinySpace, 30)).toBeNull();
    expect(decide(30, { type: 'study-finished', at: 30, exitCode: 0, reason: 'r' })).toBeNull();
    expect(decide(30, { type: 'study-interrupted', at: 30, reason: 'r' })).toBeNull();
  });

  it('is a bracket, its trial, its rung', () => {
    expect(decide(24)).toEqual({ type: 'open-bracket', bracket: 0, shape: 0 });
    expect(decide(24, open)).toMatchObject({ type: 'create-trial', trial: 0, bracket: 0, origin: 'default' });
    expect(decide(24, open, created(0, {}))).toMatchObject({
      type: 'start-rung',
      trial: 0,
      rung: 0,
      slot: 0,
      from: 0,
      resource: 10,
      depth: 2,
      level: 0,
    });
  });

  it('takes the free slot, and waits where none is free', () => {
    const one = [open, created(0, {}), started(0, 0, 25), created(1, {})];
    expect(decide(26, ...one)).toMatchObject({ type: 'start-rung', trial: 1, slot: 1 });
    const other = { ...started(1, 0, 26), slot: 1 } as StudyEvent;
    expect(decide(27, ...one, other)).toBeNull();
  });

  it('promotes the best of a rung once all of it is done', () => {
    const both = [
      open,
      created(0, {}),
      started(0, 0, 25),
      created(1, {}),
      { ...started(1, 0, 25), slot: 1 } as StudyEvent,
    ];
    const done = [...both, finished(0, 0, 36, 0.5), finished(1, 0, 37, 0.6)];
    expect(decide(38, ...done)).toMatchObject({
      type: 'start-rung',
      trial: 1,
      rung: 1,
      from: 10,
      resource: 30,
      level: 1,
    });
    expect(decide(38, ...both, finished(0, 0, 36, 0.5))).toMatchObject({ type: 'open-bracket', bracket: 1, shape: 1 });
  });

  it('is an interrupted rung as the same attempt, a crashed one as a further attempt, a diverged one never', () => {
    const one = [open, created(0, {}), started(0, 0, 25)];
    const again = { type: 'start-rung', trial: 0, rung: 0 };
    expect(decide(41, ...one, failed(0, 'interrupted'))).toMatchObject({ ...again, attempt: 1, memoryShare: 1 });
    expect(decide(41, ...one, failed(0, 'crash'))).toMatchObject({ ...again, attempt: 2, memoryShare: 1 });
    expect(decide(41, ...one, failed(0, 'out-of-memory'))).toMatchObject({ ...again, attempt: 2, memoryShare: 0.5 });
    expect(decide(41, ...one, failed(0, 'diverged'))).toMatchObject({ type: 'create-trial', trial: 1 });
  });

  it('counts levels from the bottom of the deepest bracket', () => {
    const second: StudyEvent = { type: 'bracket-opened', at: 23, bracket: 1, shape: 1 };
    const running = [
      open,
      created(0, {}),
      started(0, 0, 25),
      created(1, {}),
      { ...started(1, 0, 25), slot: 1 } as StudyEvent,
    ];
    const idle = [
      ...running,
      failed(0, 'error'),
      failed(1, 'error'),
      second,
      { ...created(2, {}), bracket: 1 } as StudyEvent,
    ];
    expect(decide(41, ...idle)).toMatchObject({ type: 'start-rung', trial: 2, rung: 0, depth: 2, level: 1 });
  });

  it('starts nothing that would end after the search, and ends it then with the best', () => {
    expect(decide(95)).toMatchObject({ type: 'create-trial', trial: 0 });
    const done = [open, created(0, {}), started(0, 0, 25), finished(0, 0, 37, 0.5)];
    expect(decide(95, ...done)).toMatchObject({
      type: 'end-search',
      winner: 0,
      reason: expect.stringContaining('nothing more fits'),
    });
    expect(decide(101, ...done)).toMatchObject({
      type: 'end-search',
      winner: 0,
      reason: expect.stringContaining('is over'),
    });
  });

  it('goes down a ladder where what is most urgent no longer fits, and opens no second one', () => {
    const [rungs = []] = plan.brackets;
    const ladder = { ...plan, brackets: [rungs], promotion: { rule: 'asha' as const, eta: 2 } };
    const done = [0, 1].flatMap((trial) => [created(trial, {}), started(trial, 0, 25, trial)]);
    const judged = [...done, finished(0, 0, 37, 0.5), finished(1, 0, 37, 0.6)];
    const onLadder = (now: number) => nextAction(stateOf([...quiet, ladder, open, ...judged]), tinySpace, now);
    expect(onLadder(40)).toMatchObject({ type: 'start-rung', trial: 1, rung: 1, from: 10, resource: 30 });
    // A promotion would end at 109.6 s, later than the overrun that it is allowed; a new trial at 100 s.
    expect(onLadder(86)).toMatchObject({ type: 'create-trial', trial: 2, bracket: 0 });
    expect(onLadder(96)).toMatchObject({ type: 'end-search', winner: 1 });
  });

  it('opens a bracket with a shorter lowest rung where that of the next is too long', () => {
    const done = [open, created(0, {}), created(1, {}), started(0, 0, 25), started(1, 0, 25, 1)];
    const judged = [finished(0, 0, 37, 0.5), finished(1, 0, 37, 0.6), started(1, 1, 70, 0)];
    // A rung of 30 s, which comes next, would end at 102 s; one of 10 s ends at 82 s.
    expect(decide(60, ...done, ...judged)).toEqual({ type: 'open-bracket', bracket: 1, shape: 1 });
    expect(decide(70, ...done, ...judged)).toEqual({ type: 'open-bracket', bracket: 1, shape: 0 });
  });

  it('keeps slots at work for as long as a promotion overruns the planned end, and no longer', () => {
    const done = [open, created(0, {}), created(1, {}), started(0, 0, 25), started(1, 0, 25, 1)];
    const promoted = [finished(0, 0, 37, 0.5), finished(1, 0, 37, 0.6), started(1, 1, 85, 0)];
    // The promotion trains 23 s and takes 2 s more: it ends at 110 s. A rung of 10 s takes 12 s.
    expect(decide(96, ...done, ...promoted)).toEqual({ type: 'open-bracket', bracket: 1, shape: 0 });
    expect(decide(100, ...done, ...promoted)).toBeNull();
  });

  it('lets a running trial end before it ends the search', () => {
    const done = [open, created(0, {}), started(0, 0, 25), finished(0, 0, 37, 0.5), created(1, {}), started(1, 0, 88)];
    expect(decide(99, ...done)).toBeNull();
  });

  it('takes the default configuration for the final run where no trial finished', () => {
    const crashed = [open, created(0, {}), started(0, 0, 25), failed(0, 'crash')];
    expect(decide(99, ...crashed)).toMatchObject({
      type: 'end-search',
      winner: 0,
      reason: expect.stringContaining('default configuration'),
    });
  });

  it('gives no rung time of the final run, however slow the machine', () => {
    for (const now of [24, 60, 88]) {
      const action = decide(now, open, created(0, {}));
      expect(action).toMatchObject({ type: 'start-rung' });
      expect(action?.type === 'start-rung' && action.killAt).toBeGreaterThan(now + 11);
      expect(action?.type === 'start-rung' && action.killAt).toBeLessThanOrEqual(100 + 0.06 * 360);
    }
  });
});

describe('a search whose final training needs a known number of epochs', () => {
  const counted: SearchSpace = {
    ...tinySpace,
    budget: { ...tinySpace.budget, searchShare: 'auto' },
    scheduler: { ...tinySpace.scheduler, unit: 'epochs', anneal: 'trunk', cooldown: 0 },
    final: { useValidation: false, views: 1, checkLearningRate: false, maxEpochs: 100 },
  };
  /** What is done once whatever is expected of the end of the search has been told. */
  const decideIn = (space: SearchSpace, now: number, ...events: readonly StudyEvent[]) => {
    const action = nextAction(stateOf([...quiet, plan, ...events]), space, now);
    if (action?.type !== 'revise-plan') return action;
    const { searchEndsAt, endsAt } = action;
    return nextAction(stateOf([...quiet, plan, ...events, { ...plan, at: now, searchEndsAt, endsAt }]), space, now);
  };
  const decideCounted = (now: number, ...events: readonly StudyEvent[]) => decideIn(counted, now, ...events);
  // A second an epoch: of 100 s, 90 are left to do.
  const one = [open, created(0, {}), started(0, 0, 25), finished(0, 0, 37, 0.5), created(1, {}), started(1, 0, 25, 1)];
  const two = [...one, finished(1, 0, 37, 0.4)];

  it('goes on until the rest is what the final training of the best trial takes', () => {
    expect(decideCounted(240, ...two)).toMatchObject({ type: 'start-rung', trial: 0, rung: 1 });
    const promoted = [...two, started(0, 1, 38), { ...finished(0, 1, 60, 0.6), trainSeconds: 20 }];
    // What the promotion trained is saved: 30 s for 30 epochs, and 70 are left.
    expect(decideCounted(240, ...promoted)).toMatchObject({ type: 'open-bracket' });
    expect(decideCounted(280, ...promoted)).toMatchObject({ type: 'end-search', winner: 0 });
    const reason =
      /^another 7s of search promise \+0\.\d+, the final training of trial 0, which needs what is left, \+0/;
    expect(decideCounted(280, ...promoted)).toMatchObject({ reason: expect.stringMatching(reason) });
    expect(decideCounted(279, ...promoted)).toMatchObject({
      type: 'end-search',
      reason: expect.stringContaining('fits'),
    });
  });

  it('tells when the search is expected to end, once, and again when that has moved', () => {
    const expected = nextAction(stateOf([...quiet, plan, ...two]), counted, 100);
    if (expected?.type !== 'revise-plan') throw new Error(`expected another plan, got ${expected?.type}`);
    expect(expected.searchEndsAt).toBeGreaterThan(100);
    expect(expected.endsAt).toBe(plan.endsAt);
    expect(decideCounted(100, ...two)?.type).not.toBe('revise-plan');
    expect(decide(60, ...two)?.type).not.toBe('revise-plan');
  });

  it('lets no rung but the incumbent’s into that time', () => {
    const other = [...two, { ...open, bracket: 1 }, { ...created(2, {}), bracket: 1 }];
    const action = decideCounted(200, ...other, started(0, 1, 60));
    expect(action).toMatchObject({ type: 'start-rung', trial: 2 });
    expect(action?.type === 'start-rung' && action.killAt).toBeLessThanOrEqual(260);
    const own = decideCounted(240, ...two);
    expect(own?.type === 'start-rung' && own.killAt).toBe(280);
  });

  it('gives a promotion the time that the whole rung below took, not that of its last attempt alone', () => {
    const broken = two.map((event) =>
      event.type === 'rung-finished' && event.trial === 0
        ? { ...event, trainSeconds: 1, earlierTrainSeconds: 9 }
        : event,
    );
    const action = decideCounted(40, ...broken);
    // Three times 20 epochs of a second, three times the overhead of 6 s, and ten.
    expect(action).toMatchObject({ type: 'start-rung', trial: 0, rung: 1 });
    expect(action?.type === 'start-rung' && action.killAt - 40).toBeGreaterThanOrEqual(3 * 20 + 10);
  });

  it('waits longer for a rung whose epochs nobody has timed, and never for one in seconds', () => {
    const late = (space: SearchSpace) => {
      const action = decideIn(space, 30, ...one, created(2, {}));
      return action?.type === 'start-rung' ? action.killAt - 30 : null;
    };
    expect(late(counted)).toBeCloseTo(10 * 10 + 3 * 2 + 10);
    expect(late(tinySpace)).toBeCloseTo(1.5 * 10 + 3 * 2 + 10);
  });
});

describe('a search whose end is decided while it runs', () => {
  const [rungs = []] = plan.brackets;
  const short = rungs.map(({ trials, resource }) => ({ trials, resource: resource / 10 }));
  const ladder = { ...plan, brackets: [short], promotion: { rule: 'asha' as const, eta: 2 } };
  const free: SearchSpace = {
    ...tinySpace,
    budget: { ...tinySpace.budget, searchShare: 'auto', minSearchShare: 0, maxSearchShare: 1 },
    scheduler: { ...tinySpace.scheduler, kind: 'asha' },
  };
  const trial = (number: number): readonly StudyEvent[] => [
    created(number, {}),
    { ...started(number, 0, 24 + number), resource: 1 } as StudyEvent,
    { ...finished(number, 0, 25 + number, number === 0 ? 0.99 : 0.5), trainSeconds: 1, wallSeconds: 1 },
  ];
  /** One leads by so much that nothing better is expected. */
  const led = Array.from({ length: 30 }, (_, number) => trial(number)).flat();

  it('ends then, however short the promotions are that would still fit into its tolerance', () => {
    const state = stateOf([...quiet, { ...ladder, searchEndsAt: 60 }, open, ...led]);
    expect(searchUntil(state, free, 60)).toMatchObject({ at: 60, isDecided: true });
    expect(nextAction(state, free, 60)).toMatchObject({ type: 'end-search' });
    // An end that was given is overrun a little.
    const named = { ...free, budget: { ...free.budget, searchShare: 0.3 } };
    expect(nextAction(state, named, 60)).toMatchObject({ type: 'start-rung', rung: 1 });
    expect(nextAction(state, named, 70)).toMatchObject({ type: 'end-search' });
  });
});

describe('a ladder whose promotions a model chooses', () => {
  it('promotes as many by score while the model knows nothing as it lets it choose', () => {
    const [rungs = []] = plan.brackets;
    const ladder = { ...plan, brackets: [rungs], promotion: { rule: 'asha' as const, eta: 2 } };
    const done = Array.from({ length: 6 }, (_, trial) => [
      created(trial, {}),
      started(trial, 0, 25),
      finished(trial, 0, 37, 0.5 - 0.01 * trial),
    ]).flat();
    const next = (kind: 'asha' | 'model-asha', ...events: readonly StudyEvent[]) =>
      nextAction(
        stateOf([...quiet, ladder, open, ...done, ...events]),
        { ...tinySpace, scheduler: { ...tinySpace.scheduler, kind } },
        40,
      );
    // As a model has chosen before: the three worst.
    const risen = [3, 4, 5].flatMap((trial) => [started(trial, 1, 38), finished(trial, 1, 39, 0.5)]);
    const promoted = { type: 'start-rung', trial: 0, rung: 1 };
    expect(next('model-asha')).toMatchObject(promoted);
    expect(next('model-asha', ...risen)).toMatchObject({ type: 'create-trial' });
    expect(next('asha', ...risen)).toMatchObject(promoted);
  });
});

describe('the end of the final run', () => {
  const searched: readonly StudyEvent[] = [
    open,
    created(0, {}),
    started(0, 0, 25),
    finished(0, 0, 37, 0.7),
    { type: 'search-ended', at: 50, reason: 'r', winner: 0 },
  ];

  it('is moved once to where the measured reserve begins, before the final run starts', () => {
    const action = decide(50, ...searched);
    if (action?.type !== 'revise-plan') throw new Error(`expected another plan, got ${action?.type}`);
    expect(action.endsAt).toBeGreaterThan(358);
    expect(action.endsAt).toBeLessThanOrEqual(359);
    const revised: StudyEvent = { ...plan, at: 50, endsAt: action.endsAt };
    expect(decide(50, ...searched, revised)).toMatchObject({ type: 'start-final', endsAt: action.endsAt });
  });

  it('stays where the space names the reserve', () => {
    const space = { ...tinySpace, budget: { ...tinySpace.budget, reserveSeconds: 10 } };
    const action = nextAction(stateOf([...quiet, plan, ...searched]), space, 50);
    expect(action).toMatchObject({ type: 'start-final', endsAt: 350 });
  });
});

describe('free slots', () => {
  it('are those without a rung, a prediction or the final run', () => {
    const predicting: StudyEvent = { type: 'prediction-started', at: 40, trial: 0, rung: 0, slot: 1, killAt: 60 };
    expect(freeSlots(stateOf([...quiet]))).toEqual([0, 1]);
    expect(freeSlots(stateOf([...quiet, created(0, {}), started(0, 0, 25)]))).toEqual([1]);
    expect(freeSlots(stateOf([...quiet, created(0, {}), predicting]))).toEqual([0]);
    expect(freeSlots(stateOf([]))).toEqual([]);
  });
});

describe('preparing', () => {
  it('is cut off shortly before the deadline, and once there is a plan at the last instant', () => {
    const of = (budgetSeconds: number, ...more: readonly StudyEvent[]) =>
      stateOf([
        ...quiet.map((event) => (event.type === 'study-created' ? { ...event, budgetSeconds } : event)),
        ...more,
      ]);
    expect(preparingEndsAt(of(10))).toBe(9.5);
    expect(preparingEndsAt(of(360))).toBe(356.4);
    expect(preparingEndsAt(of(36_000))).toBe(35_995);
    const resumed = of(36_000, { ...plan, endsAt: 35_980 });
    expect(preparingEndsAt(resumed)).toBe(lastInstant(resumed));
    expect(preparingEndsAt(resumed)).toBe(35_996);
  });
});
