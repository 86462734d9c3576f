import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BracketPlan, hyperbandBrackets } from '../../src/scheduler/brackets.js';
import {
  type BracketState,
  isDone,
  jobsOf,
  nextJobs,
  openBracket,
  openTrials,
  type PromotionRule,
  reduceBracket,
} from '../../src/scheduler/jobs.js';
import { type BracketEvent, entered } from '../../src/scheduler/rungs.js';
import { failed, finished, play, started } from './events.js';

const plan: BracketPlan = [
  { trials: 3, resource: 1 },
  { trials: 1, resource: 3 },
];
const halving = openBracket(0, plan, { rule: 'halving' });
const [third, first, second] = [finished(0, 0, 0.1), finished(1, 0, 0.9), finished(2, 0, 0.2)];

describe('a bracket that fills rung by rung', () => {
  it('fills the lowest rung first', () => {
    expect(jobsOf(play(halving, started(0)))).toEqual([{ kind: 'new', bracket: 0, rung: 0, resource: 1 }]);
  });

  it('waits for the whole rung before it promotes', () => {
    const state = play(halving, first, third, started(2));
    expect(jobsOf(state)).toEqual([]);
    expect(isDone(state)).toBe(false);
  });

  it('promotes the best', () => {
    const job = { kind: 'promote', bracket: 0, trial: 1, rung: 1, resource: 3 };
    expect(jobsOf(play(halving, third, first, second))).toEqual([job]);
  });

  it('promotes the older trial of a tie', () => {
    const tied = play(halving, finished(2, 0, 0.5), finished(0, 0, 0.5), finished(1, 0, 0.5));
    expect(jobsOf(tied)).toMatchObject([{ trial: 0 }]);
  });

  it('keeps the place of a failed trial in its rung but never promotes it', () => {
    const state = play(halving, failed(0), finished(1, 0, 0.1), failed(2));
    expect(jobsOf(state)).toMatchObject([{ kind: 'promote', trial: 1 }]);
  });

  it('is done when every trial of a rung failed', () => {
    expect(isDone(play(halving, failed(0), failed(1), failed(2)))).toBe(true);
  });

  it('repeats an interrupted trial, and one that is tried again, before anything new', () => {
    const again = { ...failed(1), isTriedAgain: true };
    expect(jobsOf(play(halving, first, again))).toMatchObject([{ kind: 'repeat', trial: 1, rung: 0 }]);
    const interrupted = play(halving, started(0), { type: 'interrupted' });
    expect(jobsOf(interrupted)).toMatchObject([{ kind: 'repeat', trial: 0, rung: 0 }]);
  });

  it('does not replace a promoted trial that failed', () => {
    expect(isDone(play(halving, third, first, second, started(1, 1), failed(1, 1)))).toBe(true);
  });

  it('has nothing more to do with those that have fallen behind', () => {
    expect(openTrials(play(halving, third, first))).toEqual([1]);
    expect(openTrials(play(halving, third, first, started(2)))).toEqual([2, 1]);
  });
});

describe('any order of completions and any failures', () => {
  const rules = fc.constantFrom<PromotionRule['rule']>('halving', 'asha', 'pasha', 'single-rung');
  const chances = fc.infiniteStream(fc.tuple(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 9 })));

  /** Plays brackets with as many new trials as are allowed until nothing is left to do. */
  function playOut(
    opened: readonly BracketState[],
    slots: number,
    most: number,
    chance: Iterator<[number, number, number]>,
  ) {
    let states = opened;
    const change = (bracket: number, event: BracketEvent) => {
      const before = states[bracket];
      if (before) states = states.with(bracket, reduceBracket(before, event));
    };
    const busy: { bracket: number; rung: number; trial: number }[] = [];
    let trials = 0;
    for (let guard = 0; guard < 100_000; guard++) {
      const jobs = nextJobs(states).filter(({ kind }) => kind !== 'new' || trials < most);
      const job = busy.length < slots ? jobs[0] : undefined;
      if (job) {
        const trial = job.kind === 'new' ? trials++ : job.trial;
        expect(busy.some((one) => one.trial === trial)).toBe(false);
        change(job.bracket, { type: 'started', trial, rung: job.rung });
        busy.push({ bracket: job.bracket, rung: job.rung, trial });
        continue;
      }
      if (busy.length === 0) return states;
      const [pick, score, luck] = chance.next().value;
      const [done] = busy.splice(pick % busy.length, 1);
      if (!done) break;
      const { bracket, trial, rung } = done;
      change(bracket, luck < 2 ? { ...failed(trial, rung), isTriedAgain: luck === 1 } : finished(trial, rung, score));
    }
    throw new Error('the schedule should have ended');
  }

  it('give brackets that are as full as failures allow', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 5 }),
        chances,
        (eta, max, slots, chance) => {
          const opened = hyperbandBrackets(1, max, eta).map((own, index) =>
            openBracket(index, own, { rule: 'halving' }),
          );
          for (const state of playOut(opened, slots, Number.POSITIVE_INFINITY, chance)) {
            expect(isDone(state)).toBe(true);
            expect(state.rungs.map(entered)[0]).toBe(state.plan[0]?.trials);
            for (const [index, rung] of state.rungs.entries()) {
              expect(entered(rung)).toBeLessThanOrEqual(state.plan[index]?.trials ?? 0);
              // Whoever was to be promoted has been.
              expect(rung.ranked.every(({ promoted }) => promoted)).toBe(true);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leave no trial of any rule without an end', () => {
    fc.assert(
      fc.property(
        rules,
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        chances,
        (rule, eta, slots, chance) => {
          const ladder = rule === 'single-rung' ? plan.slice(0, 1) : plan;
          const [state] = playOut(
            [openBracket(0, ladder, rule === 'asha' || rule === 'pasha' ? { rule, eta } : { rule })],
            slots,
            40,
            chance,
          );
          expect(state?.rungs.every(({ working }) => working.length === 0)).toBe(true);
          expect(state && jobsOf(state).filter(({ kind }) => kind !== 'new')).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
