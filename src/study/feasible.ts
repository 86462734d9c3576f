import { formatDuration } from '../budget/duration.js';
import { isFeasible, type PlanInput, shortestBudget } from '../budget/plan.js';
import type { Dataset } from '../data/types.js';
import { InputError } from '../errors.js';
import type { SearchSpace } from '../space/types.js';
import { fewestImages } from './fit-data.js';

/** What a rung is expected to take beyond training before one has been measured, in seconds. */
export const guessedOverheadSeconds = 1;

/** Start of the program and of an engine, in seconds: no machine needs much less. */
const leastStartSeconds = 2;

/** No machine packs more images a second and core than this: a budget refused because of packing would have failed for sure. */
const fastestPackingPerCore = 6000;

/** The second reading of a data set takes a little longer than the first now and then: what is suggested must still be accepted. */
const suggestionMargin = 1.1;

/**
 * Seconds before the first trial can start, at the very least. Not measured but fixed by the data and the machine, so that `plan` and `run` refuse
 * the same budgets however busy the machine is.
 */
export function leastPreparationSeconds(dataset: Dataset | null, threads: number): number {
  const images = dataset ? fewestImages(dataset) : 0;
  return leastStartSeconds + images / (fastestPackingPerCore * threads);
}

/**
 * @param slots trials at a time; where the engine is not known yet, the most that are possible: what is refused would have failed for sure.
 * @param preparationSeconds what probing and packing take at least.
 * @throws InputError when the budget cannot hold a search of this space; names the shortest that can.
 */
export function requireFeasible(
  space: SearchSpace,
  budgetSeconds: number,
  withFinal: boolean,
  slots: number,
  preparationSeconds: number,
): void {
  // Whether rungs in epochs or samples fit shows only once the engine has been measured.
  if (space.scheduler.unit !== 'seconds') return;
  const input: PlanInput = {
    budgetSeconds,
    searchStartsAt: preparationSeconds,
    withFinal,
    scheduler: space.scheduler,
    budget: space.budget,
    slots,
    secondsPerUnit: 1,
    overheadSeconds: guessedOverheadSeconds,
  };
  if (isFeasible(input)) return;
  const shortest = shortestBudget({ ...input, searchStartsAt: suggestionMargin * preparationSeconds });
  const got = formatDuration(budgetSeconds);
  if (!Number.isFinite(shortest)) {
    const suggestion = 'a larger budget.searchShare or a smaller scheduler.min';
    throw new InputError('--budget', 'more than a year for this search space', got, suggestion);
  }
  const least = formatDuration(shortest);
  throw new InputError(
    '--budget',
    `at least ${least} for this search space`,
    got,
    `--budget ${least}, or a smaller scheduler.min`,
  );
}
