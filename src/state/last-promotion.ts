import type { BracketPlan } from '../scheduler/brackets.js';
import { lastDivisor } from '../scheduler/quota.js';
import { correlationOf, type RankCorrelation } from './rank-correlation.js';
import { summaryOf } from './summary.js';
import type { TrialState } from './types.js';

/** A ladder of which one of eta goes on where its rungs rank. */
export interface RankedLadder {
  /** An integer >= 2. */
  readonly eta: number;
  readonly plan: BracketPlan;
}

/** The promotion to the highest rung of a ladder. */
export interface LastPromotion {
  /** How the last rung but one ranks trials; null before enough have finished both. */
  readonly ranking: RankCorrelation | null;
  /** Of how many that have ended in it one goes on, in [1, eta]: of fewer where it ranks badly. */
  readonly divisor: number;
}

export function lastPromotion(trials: readonly TrialState[], { eta, plan }: RankedLadder): LastPromotion {
  const ranking = lastRanking(trials, plan);
  const measured = ranking && { correlation: ranking.corrected.value, trials: ranking.trials };
  return { ranking, divisor: lastDivisor(eta, measured) };
}

/** How the last rung but one ranks trials; null before enough have finished both. */
export function lastRanking(trials: readonly TrialState[], plan: BracketPlan): RankCorrelation | null {
  const [lower, upper] = plan.slice(-2);
  return lower && upper ? rankingOf(trials, lower.resource, upper.resource) : null;
}

/** How rungs of one resource rank trials as those of another do; null before enough have finished both. */
export function rankingOf(trials: readonly TrialState[], lower: number, upper: number): RankCorrelation | null {
  const { levels } = summaryOf(trials);
  const [below, above] = [lower, upper].map((resource) => levels.find((level) => level.resource === resource));
  return below && above ? correlationOf(below, above) : null;
}
