import { reduceRungs } from './rungs.js';
import { type Bracket, jobOf, newTrial, type Scheduler } from './scheduler.js';

/** A single rung that takes every trial of a search. */
export interface SingleRungState extends Bracket {
  readonly rule: 'single-rung';
}

/** Every trial trains for the same time and the best one wins (Egele et al. 2024): the baseline that a scheduler has to beat. */
export const singleRung: Scheduler<SingleRungState> = {
  reduce: (state, event) => ({ ...state, rungs: reduceRungs(state.rungs, event, () => 0) }),
  jobs: (state) => [
    ...state.rungs.flatMap(({ working }) =>
      working.flatMap(({ trial, status }) => (status === 'pending' ? [jobOf('repeat', state, trial, 0)] : [])),
    ),
    newTrial(state),
  ],
};
