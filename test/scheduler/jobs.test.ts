import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BracketPlan, hyperbandBrackets } from '../../src/scheduler/brackets.js';
import { type BracketState, nextJob, nextJobs, type RungEntry } from '../../src/scheduler/jobs.js';

const plan: BracketPlan = [
  { trials: 3, resource: 1 },
  { trials: 1, resource: 3 },
];
const finished = (trial: number, score: number): RungEntry => ({ trial, status: 'finished', score });
const failed = (trial: number): RungEntry => ({ trial, status: 'failed', score: null });
const running = (trial: number): RungEntry => ({ trial, status: 'running', score: null });
const pending = (trial: number): RungEntry => ({ trial, status: 'pending', score: null });
const bracket = (...rungs: (readonly RungEntry[])[]): BracketState => ({ bracket: 0, plan, rungs });

describe('jobs of a bracket', () => {
  it('fills the lowest rung first', () => {
    expect(nextJob(bracket([running(0)]))).toMatchObject({ kind: 'new', rung: 0, resource: 1 });
  });

  it('waits for the whole rung before it promotes', () => {
    expect(nextJob(bracket([finished(0, 0.9), finished(1, 0.2), running(2)]))).toBe('waiting');
  });

  it('promotes the best', () => {
    const state = bracket([finished(0, 0.1), finished(1, 0.9), finished(2, 0.2)]);
    expect(nextJob(state)).toEqual({ kind: 'promote', bracket: 0, trial: 1, rung: 1, resource: 3 });
  });

  it('promotes the older trial of a tie', () => {
    expect(nextJob(bracket([finished(2, 0.5), finished(0, 0.5), finished(1, 0.5)]))).toMatchObject({ trial: 0 });
  });

  it('keeps the place of a failed trial in its rung but never promotes it', () => {
    expect(nextJob(bracket([failed(0), finished(1, 0.1), failed(2)]))).toMatchObject({ kind: 'promote', trial: 1 });
  });

  it('is done when every trial of a rung failed', () => {
    expect(nextJob(bracket([failed(0), failed(1), failed(2)]))).toBe('done');
  });

  it('repeats an interrupted trial before anything new', () => {
    expect(nextJob(bracket([finished(0, 0.5), pending(1)]))).toMatchObject({ kind: 'repeat', trial: 1, rung: 0 });
  });

  it('does not replace a promoted trial that failed', () => {
    expect(nextJob(bracket([finished(0, 0.5), finished(1, 0.4), finished(2, 0.3)], [failed(0)]))).toBe('done');
  });
});

describe('any order of completions and any failures', () => {
  it('gives a legal schedule that ends', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.tuple(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 9 }))),
        (eta, max, slots, chance) => {
          const plans = hyperbandBrackets(1, max, eta);
          const states = plans.map((own, index) => ({
            bracket: index,
            plan: own,
            rungs: own.map(() => [] as RungEntry[]),
          }));
          const busy: { bracket: number; rung: number; trial: number }[] = [];
          let trials = 0;
          for (let guard = 0; guard < 100_000; guard++) {
            const job = busy.length < slots ? nextJobs(states)[0] : undefined;
            if (job) {
              const trial = job.kind === 'new' ? trials++ : job.trial;
              const rungs = states[job.bracket]?.rungs ?? [];
              if (job.kind === 'promote') {
                const below = rungs[job.rung - 1]?.find((entry) => entry.trial === trial);
                expect(below?.status).toBe('finished');
                expect(rungs[job.rung]?.some((entry) => entry.trial === trial)).toBe(false);
              }
              rungs[job.rung]?.push(running(trial));
              expect(rungs[job.rung]?.length).toBeLessThanOrEqual(plans[job.bracket]?.[job.rung]?.trials ?? 0);
              busy.push({ bracket: job.bracket, rung: job.rung, trial });
              continue;
            }
            if (busy.length === 0) break;
            const [pick, score, luck] = chance.next().value;
            const [done] = busy.splice(pick % busy.length, 1);
            const rung = states[done?.bracket ?? 0]?.rungs[done?.rung ?? 0];
            const at = rung?.findIndex((entry) => entry.trial === done?.trial) ?? -1;
            if (rung && done) rung[at] = luck === 0 ? failed(done.trial) : finished(done.trial, score);
          }
          expect(busy).toEqual([]);
          for (const state of states) {
            expect(nextJob(state)).toBe('done');
            expect(state.rungs[0]?.length).toBe(state.plan[0]?.trials);
            for (const [rung, entries] of state.rungs.entries()) {
              const successes = state.rungs[rung - 1]?.filter((entry) => entry.status === 'finished').length;
              if (successes !== undefined)
                expect(entries.length).toBe(Math.min(successes, state.plan[rung]?.trials ?? 0));
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
