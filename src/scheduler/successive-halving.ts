import { entered, reduceRungs } from './rungs.js';
import { type Bracket, type Job, jobOf, newTrial, type Scheduler } from './scheduler.js';

/** A bracket that fills rung by rung. */
export interface HalvingState extends Bracket {
  readonly rule: 'halving';
}

/**
 * Synchronous successive halving (Jamieson & Talwalkar 2016), the rule within each bracket of Hyperband: once a rung is complete its best trials
 * are promoted, as many as the next rung has places. Where failures leave fewer, the next rung is smaller than planned.
 */
export const successiveHalving: Scheduler<HalvingState> = {
  reduce: (state, event) => ({
    ...state,
    // One that has fallen behind as many as the next rung takes never catches up: those that finish later can only push it further down.
    rungs: reduceRungs(state.rungs, event, (rung) => state.plan[rung + 1]?.trials ?? 0),
  }),
  jobs: (state) => {
    const job = nextJob(state);
    return job ? [job] : [];
  },
};

function nextJob(state: HalvingState): Job | null {
  for (const [index, rung] of state.rungs.entries()) {
    const pending = rung.working.find(({ status }) => status === 'pending');
    if (pending) return jobOf('repeat', state, pending.trial, index);
    if (index === 0) {
      if (entered(rung) < (state.plan[0]?.trials ?? 0)) return newTrial(state);
    } else {
      // The rung below is complete, so that its order is settled and trials have entered this one in it.
      const next = state.rungs[index - 1]?.ranked[entered(rung)];
      if (next) return jobOf('promote', state, next.trial, index);
    }
    if (rung.working.length > 0) return null;
  }
  return null;
}
