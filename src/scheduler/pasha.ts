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
}

const unlockedAtFirst = 2;

/**
 * Asynchronous successive halving that trains no longer than the order of trials takes to settle (PASHA, Bohdal et al. 2023): the next rung is
 * unlocked once the two highest unlocked rungs disagree about two trials. Equal scores agree with any order. The paper's tolerance for noise is
 * taken from curves within rungs, which schedulers do not see: here it is zero.
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
    return { ...state, entrants: [...entrants, { trial: event.trial, lower: below.score, upper: null }] };
  }
  const entrant = entrants[index];
  if (!entrant) return state;
  const { lower } = entrant;
  const upper = event.score;
  const isSettled = entrants.every(
    (other) => other.upper === null || (other.lower - lower) * (other.upper - upper) >= 0,
  );
  if (isSettled || unlocked >= rungs.length) return { ...state, entrants: entrants.with(index, { ...entrant, upper }) };
  return { ...state, unlocked: unlocked + 1, entrants: [] };
}
