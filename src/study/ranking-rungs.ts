import type { AshaState } from '../scheduler/asha.js';
import type { BracketPlan } from '../scheduler/brackets.js';
import { type Quota, worthlessCorrelation } from '../scheduler/quota.js';
import { lastPromotion, lastRanking, rankingOf } from '../state/last-promotion.js';
import { correlationText, type RankCorrelation } from '../state/rank-correlation.js';
import type { StudyState } from '../state/types.js';
import type { Action } from './actions.js';

// What a study does differently where its rungs do not rank trials as longer training would.

/** On a ladder: how many of a rung go on. */
export function promotionQuota(state: StudyState, bracket: AshaState): Quota {
  const { divisor } = lastPromotion(state.trials, bracket);
  const last = bracket.plan.length - 2;
  return (rung, ended) => Math.floor(ended / (rung === last ? divisor : bracket.eta));
}

/**
 * Whether a bracket's trials may be worth choosing by its lower rungs; one with a single rung chooses nothing. Where none of them is opened any more
 * nothing measures that anew: only what is sure counts.
 */
export function mayRank(state: StudyState, plan: BracketPlan): boolean {
  return plan.length < 2 || isWorthWatching(lastRanking(state.trials, plan));
}

/** Of fewer trials nothing is sure: however few turn out in the opposite order, every draw from among them does so, too, and the interval is a point. */
const fewestSure = 8;

/** False only where it is sure that trials cannot be chosen by it. */
function isWorthWatching(ranking: RankCorrelation | null): boolean {
  return ranking === null || ranking.trials < fewestSure || ranking.corrected.high > worthlessCorrelation;
}

/** Where new trials of a ladder start: above the lower rungs that surely say nothing about the highest. */
export function startingRung(state: StudyState, plan: BracketPlan): number {
  const top = plan.at(-1)?.resource ?? 0;
  const lowest = plan.findIndex(
    ({ resource }) => resource === top || isWorthWatching(rankingOf(state.trials, resource, top)),
  );
  return Math.max(0, lowest);
}

/** Says once what follows from rungs that do not rank. */
export function tellRanking(state: StudyState): Action | null {
  for (const bracket of state.schedule) {
    if (bracket.rule !== 'asha') continue;
    const { ranking, divisor } = lastPromotion(state.trials, bracket);
    const { resource } = bracket.plan[startingRung(state, bracket.plan) - 1] ?? {};
    const top = bracket.plan.at(-1)?.resource ?? 0;
    const below = resource === undefined ? null : rankingOf(state.trials, resource, top);
    const messages = [
      [
        'the last rung but one does not rank: nearly all of its trials go on to the end; ',
        divisor > 1 ? null : ranking,
      ],
      ['the lowest rungs do not rank: new trials start above them; ', below],
    ] as const;
    for (const [message, reason] of messages) {
      if (reason && !state.told.some((told) => told.message.startsWith(message)))
        return { type: 'tell', message: `${message}${correlationText(reason)}` };
    }
  }
  return null;
}
