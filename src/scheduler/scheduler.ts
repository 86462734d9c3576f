import type { BracketPlan } from './brackets.js';
import type { BracketEvent, RungState } from './rungs.js';

/** What every opened bracket has, whatever decides about its promotions. */
export interface Bracket {
  /** Counted from 0 in the order of opening. */
  readonly bracket: number;
  readonly plan: BracketPlan;
  /** By rung, lowest first. */
  readonly rungs: readonly RungState[];
}

/** Something a free slot could do for a bracket. */
export type Job =
  | { readonly kind: 'new'; readonly bracket: number; readonly rung: number; readonly resource: number }
  | {
      readonly kind: 'promote' | 'repeat';
      readonly bracket: number;
      readonly trial: number;
      readonly rung: number;
      readonly resource: number;
    };

/** A rule of promotion as a reducer: it holds nothing, and the same events always lead to the same jobs. */
export interface Scheduler<State extends Bracket> {
  /** The bracket after one more event. */
  reduce(state: State, event: BracketEvent): State;
  /** What free slots could do, most urgent first. With none, and nothing at work, the bracket is done. */
  jobs(state: State): readonly Job[];
}

/** The job of doing a rung of a trial again, or of bringing it there. */
export function jobOf(kind: 'promote' | 'repeat', { bracket, plan }: Bracket, trial: number, rung: number): Job {
  return { kind, bracket, trial, rung, resource: plan[rung]?.resource ?? 0 };
}

/** @param rung that it starts in, counted from 0. */
export function newTrial({ bracket, plan }: Bracket, rung = 0): Job {
  return { kind: 'new', bracket, rung, resource: plan[rung]?.resource ?? 0 };
}
