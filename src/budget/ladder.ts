import { type BracketPlan, mostTrials } from '../scheduler/brackets.js';
import { openBracket, type PromotionRule } from '../scheduler/jobs.js';
import { entered } from '../scheduler/rungs.js';
import { type MakespanSettings, playThrough } from './makespan.js';

/** Nobody knows when locked rungs are needed: a plan has them all open, as a search will in which the order of trials never settles. */
function withoutLocks(rule: PromotionRule): PromotionRule {
  return rule.rule === 'pasha' ? { ...rule, rule: 'asha' } : rule;
}

/** Seconds until `contenders` trials have finished the highest rung of a ladder, which stays open for more. */
export function secondsToTop(
  plan: BracketPlan,
  rule: PromotionRule,
  settings: MakespanSettings,
  contenders: number,
): number {
  const isOver = (brackets: ReturnType<typeof playThrough>['brackets']) =>
    (brackets[0]?.rungs.at(-1)?.ended ?? 0) >= contenders;
  return playThrough([openBracket(0, plan, withoutLocks(rule))], settings, { isOver }).seconds;
}

/**
 * A ladder with the trials that are expected to get to each of its rungs within `seconds`: nothing fills it, so that time alone says how many.
 */
export function expectedLadder(
  plan: BracketPlan,
  rule: PromotionRule,
  settings: MakespanSettings,
  seconds: number,
): BracketPlan {
  const played = playThrough([openBracket(0, plan, withoutLocks(rule))], settings, { seconds, trials: mostTrials });
  const counts = played.brackets[0]?.rungs.map(entered) ?? [];
  // What is played through is long enough to tell how it goes on.
  const factor = (counts[0] ?? 0) < mostTrials ? 1 : Math.max(1, seconds / played.seconds);
  return plan.map(({ resource }, rung) => ({ trials: Math.round((counts[rung] ?? 0) * factor), resource }));
}
