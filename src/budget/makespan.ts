import type { BracketPlan } from '../scheduler/brackets.js';
import { rungCost } from '../scheduler/cost.js';
import { type BracketState, nextJobs, type RungEntry } from '../scheduler/jobs.js';
import type { Anneal } from '../space/types.js';

export interface MakespanSettings {
  readonly slots: number;
  readonly anneal: Anneal;
  readonly cooldown: number;
  /** What one unit of resource takes, in seconds. */
  readonly secondsPerUnit: number;
  /** What a rung takes beyond its training: start, data, evaluation, checkpoints; in seconds. */
  readonly overheadSeconds: number;
}

/** Wall-clock seconds that a trial needs to get from the rung below (`from`, 0 for none) to `to`. */
export function rungSeconds(settings: MakespanSettings, from: number, to: number): number {
  const { anneal, cooldown, secondsPerUnit, overheadSeconds } = settings;
  return rungCost({ from, to, anneal, cooldown }) * secondsPerUnit + overheadSeconds;
}

/** A bound that costs nothing to compute: the work of all rungs spread evenly over the slots. No schedule is shorter. */
export function leastMakespan(brackets: readonly BracketPlan[], settings: MakespanSettings): number {
  let work = 0;
  for (const bracket of brackets) {
    for (const [rung, { trials, resource }] of bracket.entries()) {
      work += trials * rungSeconds(settings, bracket[rung - 1]?.resource ?? 0, resource);
    }
  }
  return work / settings.slots;
}

interface Running {
  readonly endsAt: number;
  readonly bracket: number;
  readonly trial: number;
  readonly rung: number;
}

/**
 * Seconds from the start of the first trial to the end of the last when `brackets` run side by side on `slots` slots: the real scheduler, played
 * through with every trial succeeding. A sum over rungs would count the idle ends of rungs that the next bracket fills.
 */
export function makespan(brackets: readonly BracketPlan[], settings: MakespanSettings): number {
  const states = brackets.map((plan, bracket) => ({ bracket, plan, rungs: plan.map(() => [] as RungEntry[]) }));
  const running: Running[] = [];
  let now = 0;
  let trials = 0;
  for (;;) {
    const job = running.length < settings.slots ? nextJobs(states satisfies readonly BracketState[])[0] : undefined;
    if (job) {
      const rungs = states[job.bracket]?.rungs;
      const plan = brackets[job.bracket];
      const trial = job.kind === 'new' ? trials++ : job.trial;
      rungs?.[job.rung]?.push({ trial, status: 'running', score: null });
      const endsAt = now + rungSeconds(settings, plan?.[job.rung - 1]?.resource ?? 0, job.resource);
      running.push({ endsAt, bracket: job.bracket, trial, rung: job.rung });
      continue;
    }
    if (running.length === 0) return now;
    running.sort((a, b) => a.endsAt - b.endsAt);
    const done = running.shift();
    if (!done) return now;
    now = done.endsAt;
    const rung = states[done.bracket]?.rungs[done.rung];
    const index = rung?.findIndex((entry) => entry.trial === done.trial) ?? -1;
    if (rung && index >= 0) rung[index] = { trial: done.trial, status: 'finished', score: 0 };
  }
}
