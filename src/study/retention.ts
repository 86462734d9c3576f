import { dirname, join } from 'node:path';
import { unreachable } from '../errors.js';
import { mostInOrder } from '../scheduler/asha.js';
import type { BracketPlan } from '../scheduler/brackets.js';
import { openTrials, type PromotionRule } from '../scheduler/jobs.js';
import { finalOrder, rankTrials } from '../state/ranking.js';
import type { FinalState, StudyState } from '../state/types.js';
import { studyPaths } from './paths.js';

/** `usual`: what can be of use stays; `least`: what the study can do without goes, too, because the disk is full. */
export type Retention = 'usual' | 'least';

/** Models of so many of the best trials stay, for whoever wants to look at them. */
export const keptModels = 3;

/**
 * The checkpoints that a study needs no more, whether they are there or not; relative to its folder. Trunks stay while their trial can be
 * promoted, repeated or resumed; models while they may be predicted from or stand in for a damaged trunk; those of the final run until its
 * model stands.
 */
export function uselessCheckpoints(state: StudyState, retention: Retention): readonly string[] {
  // After the search nothing goes on from a trunk: stand-ins for the winner train from scratch.
  const open = new Set(state.searchEnd ? [] : state.schedule.flatMap(openTrials));
  const models = neededModels(state, open, retention);
  const trials = state.trials.flatMap(({ trial, rungs }) => [
    ...(open.has(trial) ? [] : [studyPaths.trialTrunk(trial)]),
    ...(rungs.at(-1)?.status !== 'finished' && open.has(trial) ? [] : [studyPaths.trialRung(trial)]),
    ...(models.has(trial) ? [] : [studyPaths.trialModel(trial)]),
  ]);
  return [...trials, ...uselessFinalCheckpoints(state, retention)];
}

/** The best trial can change without a better score: one that is promoted may do worse in its next rung. Those below it are needed until then. */
function neededModels(state: StudyState, open: ReadonlySet<number>, retention: Retention): ReadonlySet<number> {
  const ranking = rankTrials(state);
  const ranked = ranking.map(({ trial }) => trial);
  // The disk may not have taken the model of the best.
  const saved = ranking.filter(({ result }) => result.model !== null).map(({ trial }) => trial);
  const settled = ranked.filter((trial) => !open.has(trial));
  const predicted = state.predictions.filter(({ end }) => end === null);
  return new Set([
    ...(retention === 'usual'
      ? [...open, ...settled.slice(0, keptModels)]
      : [...ranked.slice(0, 1), ...saved.slice(0, 1), ...settled.slice(0, 1)]),
    ...predicted.map(({ trial }) => trial),
  ]);
}

function uselessFinalCheckpoints(state: StudyState, retention: Retention): readonly string[] {
  const { final } = state;
  switch (final.status) {
    case 'waiting':
      return [];
    case 'running':
    case 'failed':
      return retention === 'least' ? previousCheckpoints(final) : [];
    case 'finished':
      // What the disk did not take of the model is nowhere but in its last checkpoint.
      if (final.result.model === null) return retention === 'least' ? previousCheckpoints(final) : [];
      return finalFolders(state).flatMap((folder) => [
        join(folder, 'final.checkpoint'),
        join(folder, 'final.previous.checkpoint'),
      ]);
  }
}

/** Those before the newest, where the newest is known to be whole: this attempt has saved it, or has nothing to do with it. */
function previousCheckpoints({ start, checkpoints }: Exclude<FinalState, { status: 'waiting' }>): readonly string[] {
  return checkpoints.flatMap(({ path, trial, at }) =>
    trial === start.trial && at < start.at ? [] : [join(dirname(path), 'final.previous.checkpoint')],
  );
}

/** Where the winner and those that may have stood in for it trained. */
function finalFolders(state: StudyState): readonly string[] {
  const attempts = state.final.status === 'waiting' ? 0 : state.final.start.attempt;
  const standIns = finalOrder(state).slice(0, attempts);
  return [studyPaths.final, ...standIns.map(({ trial }) => studyPaths.finalOf(trial))];
}

/**
 * The most checkpoints of trials and of the final run that stand at a time under the usual rule.
 * @param plan the brackets of one round, and who is promoted in them.
 * @param slots trials at a time.
 */
export function mostCheckpoints(plan: PlannedBrackets, slots: number): number {
  // A trial that waits has a trunk and a model; one that runs has a trunk, its rung, a model, and one of these in the making.
  const search = 2 * mostWaiting(plan, slots) + 4 * slots + keptModels;
  const final = keptModels + 1 + finalCheckpoints;
  return Math.max(search, final);
}

interface PlannedBrackets {
  readonly brackets: readonly BracketPlan[];
  readonly promotion: PromotionRule;
}

/** The most trials that may wait for a promotion at a time. */
function mostWaiting({ brackets, promotion }: PlannedBrackets, slots: number): number {
  switch (promotion.rule) {
    case 'single-rung':
      return 0;
    case 'asha': {
      const rungs = brackets[0]?.slice(0, -1) ?? [];
      // Of the last rung but one all may go on, where it ranks badly.
      const most = (trials: number, rung: number) =>
        rung === rungs.length - 1 ? trials : Math.min(trials, mostInOrder(trials, promotion.eta));
      return rungs.reduce((sum, { trials }, rung) => sum + most(trials, rung), 0);
    }
    case 'pasha': {
      // As long as only two rungs are unlocked, these get the time that all of them were planned to take.
      const all = brackets[0] ?? [];
      const most = (trials: number) => Math.ceil((trials * Math.max(2, all.length)) / 2);
      return all
        .slice(0, -1)
        .reduce((sum, { trials }) => sum + Math.min(most(trials), mostInOrder(most(trials), promotion.eta)), 0);
    }
    case 'halving': {
      // Every slot may work for a bracket of its own, and as many brackets may wait for promotions that no longer fit into the search time.
      const open = Array.from({ length: 2 * slots + 1 }, (_, index) => brackets[index % brackets.length]);
      return open.reduce((sum, bracket) => sum + (bracket?.[1]?.trials ?? 0), 0);
    }
    default:
      return unreachable(promotion);
  }
}

/** The newest, the one before it, the model, and one in the making. */
const finalCheckpoints = 4;
