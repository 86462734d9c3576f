import type { BracketPlan } from './brackets.js';

/** Where one trial stands in one rung. `pending`: it was interrupted through no fault of its own and is to be done again. */
export interface RungEntry {
  readonly trial: number;
  readonly status: 'running' | 'pending' | 'finished' | 'failed';
  /** Higher is better; null unless finished. NaN never gets here: a score that is no number is a failure. */
  readonly score: number | null;
}

/** An opened bracket: what was planned and who is in which rung. */
export interface BracketState {
  readonly bracket: number;
  readonly plan: BracketPlan;
  /** By rung, each in the order of entry. */
  readonly rungs: readonly (readonly RungEntry[])[];
}

/** Something a free slot could do for a bracket. */
export type Job =
  | { readonly kind: 'new'; readonly bracket: number; readonly rung: 0; readonly resource: number }
  | {
      readonly kind: 'promote' | 'repeat';
      readonly bracket: number;
      readonly trial: number;
      readonly rung: number;
      readonly resource: number;
    };

/** Best first: higher score, then the older trial. */
export function byScore(a: RungEntry, b: RungEntry): number {
  return (b.score ?? Number.NEGATIVE_INFINITY) - (a.score ?? Number.NEGATIVE_INFINITY) || a.trial - b.trial;
}

/**
 * The trials promoted out of a rung that is complete: the best `places` of those that finished. A failed trial keeps its place in the rung but
 * is never promoted, so the next rung may be smaller than planned.
 */
function promoted(entries: readonly RungEntry[], places: number): readonly RungEntry[] {
  return entries
    .filter((entry) => entry.status === 'finished')
    .sort(byScore)
    .slice(0, places);
}

/**
 * The trials that a bracket still works on or may promote. One that has fallen behind as many as the next rung takes never catches up: those that
 * finish later can only push it further down.
 */
export function openTrials({ plan, rungs }: BracketState): readonly number[] {
  return rungs.flatMap((entries, rung) => {
    const risen = new Set(rungs[rung + 1]?.map(({ trial }) => trial));
    const working = entries.filter(({ status }) => status === 'running' || status === 'pending');
    const waiting = promoted(entries, plan[rung + 1]?.trials ?? 0).filter(({ trial }) => !risen.has(trial));
    return [...working, ...waiting].map(({ trial }) => trial);
  });
}

/** The next job of one bracket under synchronous successive halving, or why there is none. */
export function nextJob(state: BracketState): Job | 'waiting' | 'done' {
  let candidates: readonly RungEntry[] | null = null;
  for (const [rung, { trials, resource }] of state.plan.entries()) {
    const entries = state.rungs[rung] ?? [];
    const pending = entries.find((entry) => entry.status === 'pending');
    if (pending) return { kind: 'repeat', bracket: state.bracket, trial: pending.trial, rung, resource };
    if (candidates === null) {
      if (entries.length < trials) return { kind: 'new', bracket: state.bracket, rung: 0, resource };
    } else {
      const next = candidates.find((candidate) => !entries.some((entry) => entry.trial === candidate.trial));
      if (next) return { kind: 'promote', bracket: state.bracket, trial: next.trial, rung, resource };
    }
    if (entries.some((entry) => entry.status === 'running')) return 'waiting';
    candidates = promoted(entries, state.plan[rung + 1]?.trials ?? 0);
    if (candidates.length === 0) return 'done';
  }
  return 'done';
}

/** What free slots could do now, most urgent first: at most one job a bracket, older brackets first. */
export function nextJobs(brackets: readonly BracketState[]): readonly Job[] {
  return brackets.map(nextJob).filter((job): job is Job => typeof job === 'object');
}
