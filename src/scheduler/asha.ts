import { type Quota, quotaOf } from './quota.js';
import { entered, type RankedEntry, reduceRungs } from './rungs.js';
import { type Bracket, type Job, jobOf, newTrial, type Scheduler } from './scheduler.js';

/** One ladder for a whole search: it never fills, and no trial waits for others. */
export interface AshaState extends Bracket {
  readonly rule: 'asha';
  /** One of eta trials is promoted; an integer >= 2. */
  readonly eta: number;
}

/**
 * Asynchronous successive halving of the promotion type (Li et al. 2020): a trial that stands among the best 1/eta of those that have ended in its rung
 * is promoted at once, from the highest such rung; where there is none a new one starts at the bottom. A failed trial counts among
 * those that have ended. Promoted ones keep their place in the order: else nearly every trial would be promoted in the end.
 */
export const asha: Scheduler<AshaState> = {
  reduce: (state, event) => {
    const divisor = event.type === 'finished' ? event.divisor : undefined;
    return {
      ...state,
      rungs: reduceRungs(state.rungs, event, (rung, ended) => keptInRung(state, rung, ended, divisor)),
    };
  },
  jobs: (state) => ladderJobs(state, quotaOf(state.eta), state.rungs.length),
};

/** Which of the trials that may be promoted is; null for none of them. */
export type Choice = (trials: readonly RankedEntry[]) => RankedEntry | null;

/**
 * What free slots could do where somebody else chooses who is promoted: as many as the best 1/eta of those that have ended in a rung, but whoever is
 * chosen among the best of them.
 */
export function chosenJobs(state: AshaState, quota: Quota, choice: Choice, lowest = 0): readonly Job[] {
  const jobs = ladderJobs(state, quota, 1, lowest);
  const [repeats, others] = [
    jobs.filter(({ kind }) => kind === 'repeat'),
    jobs.filter(({ kind }) => kind !== 'repeat'),
  ];
  const promotions: Job[] = [];
  for (let index = state.rungs.length - 2; index >= 0; index--) {
    const [rung, above] = [state.rungs[index], state.rungs[index + 1]];
    if (!rung || !above || entered(above) >= quota(index, rung.ended)) continue;
    const chosen = choice(rung.ranked.filter(({ promoted }) => !promoted));
    if (chosen) promotions.push(jobOf('promote', state, chosen.trial, index + 1));
  }
  return [...repeats, ...promotions, ...others];
}

/**
 * @param top rungs that trials may be promoted to are those below this number.
 * @param lowest rung that new trials start in.
 */
export function ladderJobs(state: Bracket, quota: Quota, top: number, lowest = 0): readonly Job[] {
  const repeats: Job[] = [];
  const promotions: Job[] = [];
  for (let index = state.rungs.length - 1; index >= 0; index--) {
    const { working = [], ranked = [], ended = 0 } = state.rungs[index] ?? {};
    for (const { trial, status } of working) {
      if (status === 'pending') repeats.push(jobOf('repeat', state, trial, index));
    }
    if (index + 1 >= top) continue;
    const best = ranked.findIndex(({ promoted }) => !promoted);
    const entry = ranked[best];
    if (entry && best < quota(index, ended)) promotions.push(jobOf('promote', state, entry.trial, index + 1));
  }
  return [...repeats, ...promotions, newTrial(state, lowest)];
}

/** @param divisor of how many one goes on. */
export function keptInRung(
  { rungs, eta }: Bracket & { readonly eta: number },
  rung: number,
  ended: number,
  divisor = eta,
): number {
  return rung === rungs.length - 1 ? 0 : mostInOrder(ended, divisor);
}

/**
 * How many of the best of a rung may still be promoted where one of `divisor` goes on. The places grow with the rung, so that none is ever quite out of it;
 * but where trial r of n stands among the best third later is known to within half of √n places, and beyond four times that its checkpoint is not worth its room.
 */
export function mostInOrder(ended: number, divisor: number): number {
  return Math.floor(ended / divisor) + Math.ceil(divisor) + Math.ceil(2 * Math.sqrt(ended));
}
