import type { BracketPlan } from '../scheduler/brackets.js';
import { rungCost } from '../scheduler/cost.js';
import { type BracketState, nextJobs, openBracket, reduceBracket } from '../scheduler/jobs.js';
import type { BracketEvent } from '../scheduler/rungs.js';
import type { Job } from '../scheduler/scheduler.js';
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

/** How far brackets came when their schedulers were played through with every trial succeeding and none better than an older one. */
export interface Course {
  /** When the last rung ended, from the start of the first. */
  readonly seconds: number;
  readonly brackets: readonly BracketState[];
}

interface Running {
  readonly endsAt: number;
  readonly bracket: number;
  readonly trial: number;
  readonly rung: number;
}

/** When to stop playing. */
interface Limits {
  /** Nothing is started that would end later. */
  readonly seconds: number;
  /** So many new trials are started at most. */
  readonly trials: number;
  /** Asked after each rung. */
  readonly isOver: (brackets: readonly BracketState[]) => boolean;
}

const withoutLimits: Limits = {
  seconds: Number.POSITIVE_INFINITY,
  trials: Number.POSITIVE_INFINITY,
  isOver: () => false,
};

/** Plays the real schedulers through, `brackets` side by side; each stands at its own number. */
export function playThrough(
  brackets: readonly BracketState[],
  settings: MakespanSettings,
  limits: Partial<Limits> = {},
): Course {
  const { seconds, trials: mostNew, isOver } = { ...withoutLimits, ...limits };
  let states = brackets;
  let now = 0;
  let trials = 0;
  const running: Running[] = [];
  const change = (bracket: number, event: BracketEvent) => {
    const before = states[bracket];
    if (before) states = states.with(bracket, reduceBracket(before, event));
  };
  const endOf = ({ bracket, rung, resource }: Job) =>
    now + rungSeconds(settings, states[bracket]?.plan[rung - 1]?.resource ?? 0, resource);
  for (;;) {
    const isFree = running.length < settings.slots;
    const canStart = (job: Job) => endOf(job) <= seconds && (job.kind !== 'new' || trials < mostNew);
    const job = isFree ? nextJobs(states).find(canStart) : undefined;
    if (job) {
      const trial = job.kind === 'new' ? trials++ : job.trial;
      running.push({ endsAt: endOf(job), bracket: job.bracket, trial, rung: job.rung });
      change(job.bracket, { type: 'started', trial, rung: job.rung });
      continue;
    }
    running.sort((a, b) => a.endsAt - b.endsAt);
    const done = running.shift();
    if (!done) return { seconds: now, brackets: states };
    now = done.endsAt;
    change(done.bracket, { type: 'finished', trial: done.trial, rung: done.rung, score: 0 });
    if (isOver(states)) return { seconds: now, brackets: states };
  }
}

/**
 * Seconds from the start of the first trial to the end of the last when `brackets` run side by side on `slots` slots. A sum over rungs would count
 * the idle ends of rungs that the next bracket fills.
 */
export function makespan(brackets: readonly BracketPlan[], settings: MakespanSettings): number {
  const opened = brackets.map((plan, bracket) => openBracket(bracket, plan, { rule: 'halving' }));
  return playThrough(opened, settings).seconds;
}
