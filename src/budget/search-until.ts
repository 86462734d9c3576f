import { incumbentOf } from '../model/choice.js';
import { rungCost } from '../scheduler/cost.js';
import type { SchedulerSettings, SearchSpace } from '../space/types.js';
import type { RankedTrial } from '../state/ranking.js';
import type { StudyState, TrialState } from '../state/types.js';

/** When the search ends, in seconds since the study's start, and why then. */
export interface SearchLimit {
  readonly at: number;
  /** The trial that the final training is kept free for; null where the time of its end does not depend on one. */
  readonly incumbent: number | null;
  /** For people, in one line. */
  readonly reason: string;
}

/**
 * Until when the search may go on, as things stand. Where the space says how many epochs a final training needs (`final.maxEpochs`) and names no
 * share for the search: until what is left is what the final training of the incumbent takes, by its own measured seconds an epoch. The incumbent
 * is the trial of which most is expected among those whose final training still fits as a whole; while there is none, the planned share holds. Pure.
 * @param now seconds since the study's start.
 */
export function searchUntil(state: StudyState, space: SearchSpace, now: number): SearchLimit {
  const { created, plan } = state;
  if (!created || !plan) return { at: 0, incumbent: null, reason: 'there is no plan yet' };
  if (created.mode === 'search') return { at: plan.endsAt, incumbent: null, reason: 'the search time is over' };
  const planned = { at: plan.searchEndsAt, incumbent: null, reason: 'the search time is over' };
  if (space.final.maxEpochs === undefined || space.budget.searchShare !== 'auto') return planned;
  const endOf = ({ state: trial, resource }: RankedTrial) => plan.endsAt - finalSeconds(trial, space, resource);
  const incumbent = incumbentOf(state, space, (trial) => now <= endOf(trial));
  if (incumbent) {
    const reason = `the rest belongs to the final training of trial ${incumbent.trial}`;
    return { at: endOf(incumbent), incumbent: incumbent.trial, reason };
  }
  return incumbentOf(state, space) === null ? { ...planned, at: plan.endsAt } : planned;
}

/**
 * Until when a rung that takes a trial up to `to` must have ended: nobody but the incumbent itself may use what its final training needs.
 * @param trial null for a new one.
 */
export function rungEndsBy(
  state: StudyState,
  space: SearchSpace,
  limit: SearchLimit,
  trial: number | null,
  to: number,
): number {
  const incumbent = trial === limit.incumbent && trial !== null ? state.trials[trial] : undefined;
  if (!incumbent || !state.plan) return limit.at;
  return state.plan.endsAt - finalSeconds(incumbent, space, to);
}

/** Seconds that the final training of a trial still needs once the search has trained it up to `reached`. */
function finalSeconds(trial: TrialState, { scheduler, final }: SearchSpace, reached: number): number {
  const { maxEpochs = 0, useValidation } = final;
  // Without the validation images it would only repeat what the search has done.
  const isTrained = reached >= maxEpochs && !useValidation;
  const continues = scheduler.anneal === 'trunk' && scheduler.cooldown === 0;
  const epochs = isTrained ? 0 : continues ? maxEpochs - Math.min(reached, maxEpochs) : maxEpochs;
  return epochs === 0 ? 0 : epochs * secondsPerEpoch(trial, scheduler);
}

/** By what the trial itself has taken: all of it where its rungs go on from one another, else the highest rung. */
function secondsPerEpoch({ rungs }: TrialState, { anneal, cooldown }: SchedulerSettings): number {
  const trained = rungs.flatMap((record, index) => {
    if (record.status !== 'finished') return [];
    const step = { from: rungs[index - 1]?.resource ?? 0, to: record.resource, anneal, cooldown };
    return [{ seconds: record.result.trainSeconds, epochs: rungCost(step) }];
  });
  const counted = anneal === 'restart' ? trained.slice(-1) : trained;
  const seconds = counted.reduce((sum, one) => sum + one.seconds, 0);
  return seconds / counted.reduce((sum, one) => sum + one.epochs, 0);
}
