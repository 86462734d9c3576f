import { unreachable } from '../errors.js';
import { type BracketPlan, hyperbandBrackets, mostTrials, successiveHalvingBracket } from '../scheduler/brackets.js';
import type { PromotionRule } from '../scheduler/jobs.js';
import type { BudgetSettings, FinalSettings, SchedulerSettings } from '../space/types.js';
import { expectedLadder, secondsToTop } from './ladder.js';
import { leastMakespan, type MakespanSettings, makespan } from './makespan.js';

/** When the phases of a study end, and what the search tries. Times in seconds since the study's start. */
export interface Plan {
  readonly searchEndsAt: number;
  /** The final training, its inference and writing end here; the rest up to the budget is the reserve. */
  readonly endsAt: number;
  /**
   * One round; rounds repeat while time is left. Empty where not even one rung fits. A ladder, which takes trials as long as the search lasts, has
   * no rounds: its rungs hold the trials that are expected to get there.
   */
  readonly brackets: readonly BracketPlan[];
  readonly promotion: PromotionRule;
  /** Seconds that one round is expected to take; on a ladder, until the first trial has come to its top. */
  readonly roundSeconds: number;
}

export interface PlanInput {
  readonly budgetSeconds: number;
  /** Seconds since the study's start when the first trial can start: packing is over. */
  readonly searchStartsAt: number;
  /** False for `search`, where the whole budget belongs to it. */
  readonly withFinal: boolean;
  readonly scheduler: SchedulerSettings;
  readonly budget: BudgetSettings;
  /** Absent: a final training uses all that the search leaves. */
  readonly final?: Pick<FinalSettings, 'maxEpochs'>;
  readonly slots: number;
  /** Seconds of one unit of the scheduler's resource; 1 for seconds. */
  readonly secondsPerUnit: number;
  readonly overheadSeconds: number;
}

/**
 * Part of the time after its preparation that the search gets at most where the space says `auto` and the final training takes all the rest: searching
 * for longer is a gamble on what short trainings tell of long ones, which `split.ts` takes for more than it is.
 */
export const defaultSearchShare = 0.3;

/** Halvings of the deepest bracket that is tried, where `mostTrials` allows them. */
const mostHalvings = 6;

/** Seconds kept for writing and exiting: 0.4 % of the budget, within [1, 15] s, unless the space names them. */
export function reserveSeconds(budgetSeconds: number, setting: BudgetSettings['reserveSeconds']): number {
  return setting === 'auto' ? Math.min(15, Math.max(1, budgetSeconds * 0.004)) : setting;
}

/** Rungs stretched to the last second would not fit any more once the first has started a little late. */
const stretchedShare = 0.98;

function shapes({ kind, min, eta, unit }: SchedulerSettings, max: number): readonly BracketPlan[] {
  const isWhole = unit === 'epochs';
  switch (kind) {
    case 'hyperband':
      return hyperbandBrackets(min, max, eta, isWhole);
    case 'successive-halving':
    case 'asha':
    case 'pasha':
    case 'model-asha':
      return [successiveHalvingBracket(min, max, eta, isWhole)];
    case 'single-rung':
      return [[{ trials: 1, resource: isWhole ? Math.ceil(min) : min }]];
    default:
      return unreachable(kind);
  }
}

function promotionOf({ kind, eta }: SchedulerSettings): PromotionRule {
  switch (kind) {
    case 'hyperband':
    case 'successive-halving':
      return { rule: 'halving' };
    case 'asha':
    case 'pasha':
      return { rule: kind, eta };
    case 'model-asha':
      return { rule: 'asha', eta };
    case 'single-rung':
      return { rule: 'single-rung' };
    default:
      return unreachable(kind);
  }
}

/** Seconds of one round; on a ladder, until so many trials have come to its top. */
function roundSeconds(
  round: readonly BracketPlan[],
  promotion: PromotionRule,
  settings: MakespanSettings,
  contenders = 1,
): number {
  if (promotion.rule === 'halving') return makespan(round, settings);
  const [ladder] = round;
  return ladder ? secondsToTop(ladder, promotion, settings, contenders) : 0;
}

/**
 * The deepest round that fits into `seconds`, stretched until it fills them; null where not even a single rung fits. To the top of a ladder eta trials
 * should come, for one alone is compared with nobody; where there is time for so many on a single rung only, one does.
 */
function roundThatFits(
  scheduler: SchedulerSettings,
  settings: MakespanSettings,
  seconds: number,
): readonly BracketPlan[] | null {
  const full = deepestRound(scheduler, settings, seconds, scheduler.eta);
  return full?.some((bracket) => bracket.length > 1) ? full : deepestRound(scheduler, settings, seconds, 1);
}

function deepestRound(
  scheduler: SchedulerSettings,
  settings: MakespanSettings,
  seconds: number,
  contenders: number,
): readonly BracketPlan[] | null {
  const promotion = promotionOf(scheduler);
  for (let halvings = mostHalvings; halvings >= 0; halvings--) {
    if (scheduler.eta ** halvings > mostTrials) continue;
    const max = scheduler.min * scheduler.eta ** halvings;
    const fits = (factor: number, limit = seconds) => {
      const round = shapes(scheduler, max).map((plan) => stretch(plan, factor, scheduler.unit));
      return leastMakespan(round, settings) <= limit && roundSeconds(round, promotion, settings, contenders) <= limit;
    };
    if (!fits(1)) continue;
    // Its length is what the space says.
    if (scheduler.kind === 'single-rung') return shapes(scheduler, max);
    // No further halving fits: longer rungs are the better use of the time left.
    const room = stretchedShare * seconds;
    let low = 1;
    let high = scheduler.eta ** 2;
    while (high - low > 0.005) {
      const middle = (low + high) / 2;
      if (fits(middle, room)) low = middle;
      else high = middle;
    }
    return shapes(scheduler, max).map((plan) => stretch(plan, low, scheduler.unit));
  }
  return null;
}

function stretch(plan: BracketPlan, factor: number, unit: SchedulerSettings['unit']): BracketPlan {
  const whole = unit === 'epochs' ? Math.round : (resource: number) => resource;
  return plan.map(({ trials, resource }) => ({ trials, resource: whole(resource * factor) }));
}

/** When the search ends, as far as that is known before it begins; where final trainings have a length, it goes on until one still fits. */
function searchEnd(
  { budgetSeconds, budget, final, secondsPerUnit, searchStartsAt }: PlanInput,
  endsAt: number,
): number {
  if (budget.searchShare !== 'auto') return Math.min(endsAt, budgetSeconds * budget.searchShare);
  const byShare = searchStartsAt + defaultSearchShare * Math.max(0, endsAt - searchStartsAt);
  const untilWhole = final?.maxEpochs === undefined ? 0 : endsAt - final.maxEpochs * secondsPerUnit;
  return Math.min(endsAt, Math.max(byShare, untilWhole));
}

/** Splits a budget into search, final run and reserve and lays out the brackets of the search. Never throws: see `shortestBudget`. */
export function makePlan(input: PlanInput): Plan {
  const endsAt = input.budgetSeconds - reserveSeconds(input.budgetSeconds, input.budget.reserveSeconds);
  const searchEndsAt = input.withFinal ? searchEnd(input, endsAt) : endsAt;
  const settings: MakespanSettings = {
    slots: input.slots,
    anneal: input.scheduler.anneal,
    cooldown: input.scheduler.cooldown,
    secondsPerUnit: input.secondsPerUnit,
    overheadSeconds: input.overheadSeconds,
  };
  const seconds = searchEndsAt - input.searchStartsAt;
  const round =
    input.scheduler.max === 'auto'
      ? (roundThatFits(input.scheduler, settings, seconds) ?? [])
      : shapes(input.scheduler, input.scheduler.max);
  const promotion = promotionOf(input.scheduler);
  const brackets =
    promotion.rule === 'halving' ? round : round.map((ladder) => expectedLadder(ladder, promotion, settings, seconds));
  return { searchEndsAt, endsAt, brackets, promotion, roundSeconds: roundSeconds(round, promotion, settings) };
}

/**
 * True when the search can do what it is for: with `max: auto` compare at least two rungs, with a fixed `max` finish the first bracket or reach
 * the top of the ladder, on a single rung compare two trials. A single trial is enough where the space asks for no more (min = max).
 */
export function isFeasible(input: PlanInput): boolean {
  const plan = makePlan(input);
  const first = plan.brackets[0];
  if (!first) return false;
  if (input.scheduler.kind === 'single-rung') return (first[0]?.trials ?? 0) >= 2;
  if (input.scheduler.max === 'auto') return first.length >= 2;
  const settings: MakespanSettings = { ...input, anneal: input.scheduler.anneal, cooldown: input.scheduler.cooldown };
  return roundSeconds([first], plan.promotion, settings) <= plan.searchEndsAt - input.searchStartsAt;
}

/** The shortest budget, in whole seconds, for which `isFeasible` holds; Infinity when a year is not enough. */
export function shortestBudget(input: PlanInput): number {
  const works = (budgetSeconds: number) => isFeasible({ ...input, budgetSeconds });
  let high = 1;
  while (!works(high)) {
    high *= 2;
    if (high > 366 * 86_400) return Number.POSITIVE_INFINITY;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (works(middle)) high = middle;
    else low = middle;
  }
  return Math.ceil(high);
}
