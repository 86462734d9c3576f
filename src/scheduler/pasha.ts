import { shareVariance } from '../state/statistics.js';
import { keptInRung, ladderJobs } from './asha.js';
import { quotaOf } from './quota.js';
import { type BracketEvent, reduceRungs } from './rungs.js';
import type { Bracket, Scheduler } from './scheduler.js';

/** A ladder whose upper rungs are locked until they are needed. */
export interface PashaState extends Bracket {
  readonly rule: 'pasha';
  /** One of eta trials is promoted; an integer >= 2. */
  readonly eta: number;
  /** Rungs that trials may be promoted to; at least the two lowest, where there are two. Absent: those two. */
  readonly unlocked?: number;
  /** Who has come to the highest of them. Absent: nobody. */
  readonly entrants?: readonly Entrant[];
}

interface Entrant {
  readonly trial: number;
  /** Its score in the rung below. */
  readonly lower: number;
  /** Its score in the highest unlocked rung; null while it has none. */
  readonly upper: number | null;
  /** Squared standard errors of both; 0 where scores have no noise. */
  readonly variances: { readonly lower: number; readonly upper: number };
}

const unlockedAtFirst = 2;

/**
 * Asynchronous successive halving that trains no longer than the order of trials takes to settle (PASHA, Bohdal et al. 2023): the next rung is
 * unlocked once the two highest unlocked rungs disagree about two trials. Scores that differ by no more than the standard error of their difference
 * agree with any order: the paper takes its tolerance from curves that cross within rungs, which schedulers do not see; here it is that of the
 * share of so many images (binomial).
 */
export const pasha: Scheduler<PashaState> = {
  reduce: (state, event) => ({
    ...unlock(state, event),
    rungs: reduceRungs(state.rungs, event, (rung, ended) => keptInRung(state, rung, ended)),
  }),
  jobs: (state) => ladderJobs(state, quotaOf(state.eta), state.unlocked ?? unlockedAtFirst),
};

function unlock(state: PashaState, event: BracketEvent): PashaState {
  const { rungs, unlocked = unlockedAtFirst, entrants = [] } = state;
  if ((event.type !== 'started' && event.type !== 'finished') || event.rung !== unlocked - 1) return state;
  const index = entrants.findIndex(({ trial }) => trial === event.trial);
  if (event.type === 'started') {
    const below = rungs[event.rung - 1]?.ranked.find(({ trial }) => trial === event.trial);
    if (!below || index >= 0) return state;
    const entrant = { trial: event.trial, lower: below.score, upper: null, variances: { lower: 0, upper: 0 } };
    return { ...state, entrants: [...entrants, entrant] };
  }
  const entrant = entrants[index];
  if (!entrant) return state;
  const { lower } = entrant;
  const upper = event.score;
  // All rungs are judged on the same images.
  const variances = { lower: variance(lower, event.images), upper: variance(upper, event.images) };
  const entered = { ...entrant, upper, variances };
  const isSettled = entrants.every((other) => other.upper === null || !changesPlaces(entered, other, other.upper));
  if (isSettled || unlocked >= rungs.length) return { ...state, entrants: entrants.with(index, entered) };
  return { ...state, unlocked: unlocked + 1, entrants: [] };
}

/** Whether two trials stand in one order below and in the other above, both more clearly than by chance. */
function changesPlaces(one: Entrant & { readonly upper: number }, other: Entrant, otherUpper: number): boolean {
  const below = order(one.lower - other.lower, one.variances.lower + other.variances.lower);
  const above = order(one.upper - otherUpper, one.variances.upper + other.variances.upper);
  return below * above < 0;
}

/** The sign of a difference; 0 within its standard error. */
function order(difference: number, squaredError: number): number {
  return Math.abs(difference) <= Math.sqrt(squaredError) ? 0 : Math.sign(difference);
}

function variance(score: number, images: number | undefined): number {
  return images === undefined ? 0 : shareVariance(score, images);
}
