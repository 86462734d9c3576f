import { unreachable } from '../errors.js';
import { type AshaState, asha } from './asha.js';
import type { BracketPlan } from './brackets.js';
import { type PashaState, pasha } from './pasha.js';
import { type BracketEvent, emptyRung } from './rungs.js';
import type { Job } from './scheduler.js';
import { type SingleRungState, singleRung } from './single-rung.js';
import { type HalvingState, successiveHalving } from './successive-halving.js';

/** An opened bracket, by the rule of its promotions. */
export type BracketState = HalvingState | AshaState | PashaState | SingleRungState;

/** Who is promoted: in brackets that fill rung by rung, or on a ladder that stays open as long as the search lasts. */
export type PromotionRule =
  | { readonly rule: 'halving' }
  | { readonly rule: 'asha' | 'pasha'; readonly eta: number }
  | { readonly rule: 'single-rung' };

export function openBracket(bracket: number, plan: BracketPlan, rule: PromotionRule): BracketState {
  return { bracket, plan, rungs: plan.map(() => emptyRung), ...rule };
}

export function reduceBracket(state: BracketState, event: BracketEvent): BracketState {
  switch (state.rule) {
    case 'halving':
      return successiveHalving.reduce(state, event);
    case 'asha':
      return asha.reduce(state, event);
    case 'pasha':
      return pasha.reduce(state, event);
    case 'single-rung':
      return singleRung.reduce(state, event);
    default:
      return unreachable(state);
  }
}

/** What free slots could do for a bracket, most urgent first. */
export function jobsOf(state: BracketState): readonly Job[] {
  switch (state.rule) {
    case 'halving':
      return successiveHalving.jobs(state);
    case 'asha':
      return asha.jobs(state);
    case 'pasha':
      return pasha.jobs(state);
    case 'single-rung':
      return singleRung.jobs(state);
    default:
      return unreachable(state);
  }
}

/** What free slots could do, most urgent first: older brackets before younger ones. */
export function nextJobs(brackets: readonly BracketState[]): readonly Job[] {
  return brackets.flatMap(jobsOf);
}

export function isDone(state: BracketState): boolean {
  return state.rungs.every(({ working }) => working.length === 0) && jobsOf(state).length === 0;
}

/** The trials that a bracket still works on or may promote. */
export function openTrials({ rungs }: BracketState): readonly number[] {
  return rungs.flatMap(({ working, ranked }) => [
    ...working.map(({ trial }) => trial),
    ...ranked.flatMap(({ trial, promoted }) => (promoted ? [] : [trial])),
  ]);
}
