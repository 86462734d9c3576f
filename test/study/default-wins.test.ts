import { describe, expect, it } from 'vitest';
import { searchSpaceToPlain } from '../../src/space/plain.js';
import type { SearchSpace } from '../../src/space/types.js';
import type { StudyEvent } from '../../src/state/events.js';
import { countless } from '../../src/state/statistics.js';
import type { EventOf } from '../../src/state/types.js';
import { nextAction } from '../../src/study/decide.js';
import { defaultWins } from '../../src/study/default-wins.js';
import { created, finished, planned, preparation, started, stateOf } from '../report/example-study.js';
import { tinySpace } from './simulated.js';

const plan: EventOf<'plan-made'> = {
  ...planned,
  brackets: [
    [
      { trials: 2, resource: 10 },
      { trials: 1, resource: 30 },
    ],
  ],
};
const open: StudyEvent = { type: 'bracket-opened', at: 23, bracket: 0, shape: 0 };
const quiet = preparation.map((event) => {
  if (event.type === 'data-packed') return { ...event, test: 0 };
  return event.type === 'space-chosen' ? { ...event, space: searchSpaceToPlain(tinySpace) } : event;
});
/** A finished rung of a trial; `images` that it was judged on. */
const rung = (trial: number, index: number, score: number, images = 1000, trainSeconds = 10): readonly StudyEvent[] => [
  started(trial, index, 30 + 10 * index + trial, trial),
  { ...finished(trial, index, 31 + 10 * index + trial, score), evaluatedImages: images, trainSeconds },
];
const studyOf = (...rungs: readonly (readonly StudyEvent[])[]) =>
  stateOf([...quiet, plan, open, created(0, { a: 0 }), created(1, { a: 1 }), ...rungs.flat()]);

describe('the default configuration', () => {
  it('wins over a trial that is not better by more than one standard error of the difference', () => {
    // One standard error of two shares of about .8 of 1000 images: .018.
    expect(defaultWins(studyOf(rung(0, 0, 0.8), rung(1, 0, 0.815)), tinySpace, 1, 80)).toBe(
      'trial 0, the default configuration, is taken: trial 1 with 0.8150 is not better than its 0.8000 by more than one standard error of the difference, 0.0177',
    );
    expect(defaultWins(studyOf(rung(0, 0, 0.8), rung(1, 0, 0.82)), tinySpace, 1, 80)).toBeNull();
    expect(defaultWins(studyOf(rung(0, 0, 0.8, 4000), rung(1, 0, 0.815, 4000)), tinySpace, 1, 80)).toBeNull();
  });

  it('is compared where the other was trained longest, and expected to gain up to there what trials do', () => {
    const early = [rung(0, 0, 0.7), rung(1, 0, 0.6)] as const;
    // Promoted alone, and far ahead of what the default can be expected to reach.
    expect(defaultWins(studyOf(...early, rung(1, 1, 0.95)), tinySpace, 1, 80)).toBeNull();
    const [, expected = ''] =
      /with 0\.7500 is not better than its (0\.\d+) expected after as long a training by/.exec(
        defaultWins(studyOf(...early, rung(1, 1, 0.75)), tinySpace, 1, 80) ?? '',
      ) ?? [];
    expect(Number(expected)).toBeGreaterThan(0.75);
    expect(defaultWins(studyOf(...early, rung(0, 1, 0.8), rung(1, 1, 0.9)), tinySpace, 1, 80)).toBeNull();
    expect(defaultWins(studyOf(...early, rung(0, 1, 0.8), rung(1, 1, 0.81)), tinySpace, 1, 80)).toContain(
      'trial 1 with 0.8100 is not better than its 0.8000 by',
    );
    // The default alone was promoted.
    expect(defaultWins(studyOf(...early, rung(0, 1, 0.9)), tinySpace, 1, 80)).toContain(
      'trial 1 with 0.6000 is not better than its 0.7000 by',
    );
  });

  it('is no winner where it has no score, has failed, was chosen itself or scores have no noise', () => {
    const failed: StudyEvent = {
      ...{ type: 'rung-failed', at: 90, trial: 0, rung: 1, reason: 'diverged', message: 'm', log: null },
    };
    const both = [rung(0, 0, 0.8), rung(1, 0, 0.8)] as const;
    expect(defaultWins(studyOf(rung(1, 0, 0.8)), tinySpace, 1, 80)).toBeNull();
    expect(defaultWins(studyOf(...both, [started(0, 1, 60), failed]), tinySpace, 1, 80)).toBeNull();
    expect(defaultWins(studyOf(...both), tinySpace, 0, 80)).toBeNull();
    const exact = [rung(0, 0, 0.8, countless), rung(1, 0, 0.8, countless)] as const;
    expect(defaultWins(studyOf(...exact), tinySpace, 1, 80)).toBeNull();
  });

  it('is no winner in a space that names no defaults', () => {
    const parameters = tinySpace.parameters.map((parameter) => {
      if (parameter.kind === 'constant') return parameter;
      const { default: _, ...rest } = parameter;
      return rest;
    });
    const both = studyOf(rung(0, 0, 0.8), rung(1, 0, 0.8));
    expect(defaultWins(both, tinySpace, 1, 80)).not.toBeNull();
    expect(defaultWins(both, { ...tinySpace, parameters }, 1, 80)).toBeNull();
  });

  it('does not win where the final training gets further with a faster trial', () => {
    const counted: SearchSpace = { ...tinySpace, scheduler: { ...tinySpace.scheduler, unit: 'epochs' } };
    const [alike, faster] = [10, 1].map((seconds) => studyOf(rung(0, 0, 0.8), rung(1, 0, 0.805, 1000, seconds)));
    if (!alike || !faster) throw new Error('expected studies');
    expect(defaultWins(alike, counted, 1, 80)).toContain('trial 0');
    expect(defaultWins(faster, counted, 1, 80)).toBeNull();
  });

  it('is named with the reason why where the search ends', () => {
    const ended = (score: number) => nextAction(studyOf(rung(0, 0, 0.8), rung(1, 0, score)), tinySpace, 101);
    expect(ended(0.81)).toMatchObject({
      type: 'end-search',
      winner: 0,
      reason: expect.stringMatching(/^the search time is over; trial 0, the default configuration, is taken: trial 1 /),
    });
    expect(ended(0.9)).toMatchObject({ type: 'end-search', winner: 1, reason: 'the search time is over' });
  });
});
