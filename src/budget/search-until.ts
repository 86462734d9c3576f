import { candidatesOf, type FinalCandidate } from '../model/choice.js';
import { levelsOf } from '../scheduler/levels.js';
import type { SearchSpace } from '../space/types.js';
import { hasFailed } from '../state/attempts.js';
import type { RankedTrial } from '../state/ranking.js';
import { secondsPerUnit } from '../state/seconds-per-unit.js';
import { summaryOf } from '../state/summary.js';
import type { StudyState, TrialState } from '../state/types.js';
import { accuracyOf } from '../state/worth.js';
import { formatDuration } from './duration.js';
import { learningOf } from './learning.js';
import { searchedSeconds } from './ledger.js';
import { defaultSearchShare } from './plan.js';
import { finalShouldBegin, type SplitInput, stakes } from './split.js';

/** When the search ends, in seconds since the study's start, and why then. */
export interface SearchLimit {
  readonly at: number;
  /** The trial of which a final training that began now would make most; null before there is a result, and where none follows. */
  readonly incumbent: number | null;
  /** True where a rung that ends later would cut a final training that has a length. */
  readonly isFirm: boolean;
  /** True where stopping then is better as things stand, which is decided anew; false where it is an instant that was given. */
  readonly isDecided: boolean;
  /** For people, in one line. */
  readonly reason: string;
}

/** Trials that may be the incumbent: whoever is not among the best of them now will not be it. */
const mostCandidates = 50;

/** Saves time only: several decisions are made at the same instant. */
const known = new WeakMap<
  StudyState,
  { readonly space: SearchSpace; readonly now: number; readonly limit: SearchLimit }
>();

/**
 * Until when the search may go on, as things stand. Where the space names a share: until that is used up. Else it ends when the next seconds are
 * expected to make more of the incumbent in its final training than further search would (`split.ts`), within the space's limits. Pure.
 * @param now seconds since the study's start.
 */
export function searchUntil(state: StudyState, space: SearchSpace, now: number): SearchLimit {
  const before = known.get(state);
  if (before && before.space === space && before.now === now) return before.limit;
  const limit = limitOf(state, space, now);
  known.set(state, { space, now, limit });
  return limit;
}

function limitOf(state: StudyState, space: SearchSpace, now: number): SearchLimit {
  const { created, plan } = state;
  const until = (at: number, incumbent: number | null = null) => ({
    at,
    incumbent,
    isFirm: false,
    isDecided: false,
    reason: 'the search time is over',
  });
  if (!created || !plan) return { ...until(0), reason: 'there is no plan yet' };
  if (created.mode === 'search') return until(plan.endsAt);
  const levels = levelsOf(plan.brackets);
  const learning = learningOf(state.trials, levels);
  const top = levels.at(-1) ?? space.scheduler.min;
  const worthOf = ({ ranked, value }: FinalCandidate, beginsAt: number) =>
    value + learning.gain(top, finalResource(ranked, space, plan.endsAt - beginsAt));
  const [first, ...others] = candidatesOf(state, space, mostCandidates);
  const incumbent = first && others.reduce((best, one) => (worthOf(one, now) > worthOf(best, now) ? one : best), first);
  const beganAt = state.trials[0]?.createdAt ?? plan.at;
  const searched = searchedSeconds(state.ledger, now);
  const given = (at: number) => afterBreaks(at, beganAt, plan.endsAt, now - beganAt - searched);
  if (space.budget.searchShare !== 'auto') return until(given(plan.searchEndsAt), incumbent?.ranked.trial);
  const isFirm = space.final.maxEpochs !== undefined;
  if (!incumbent) {
    // The very first training may be as long as a final one, and then is it.
    return until(isFirm && !state.trials.some(hasFailed) ? plan.endsAt : given(plan.searchEndsAt));
  }
  const { trial } = incumbent.ranked;
  const input: SplitInput = {
    learning,
    now,
    searchBeganAt: now - searched,
    endsAt: Math.max(now, plan.endsAt),
    trials: summaryOf(state.trials).ranking.length,
    wholeUntil: isFirm ? plan.endsAt - wholeSeconds(incumbent.ranked, space) : null,
    finalWorth: (beginsAt) => worthOf(incumbent, beginsAt),
  };
  const least = given(space.budget.minSearchShare * created.budgetSeconds);
  const wanted = Math.min(plan.endsAt, Math.max(least, finalShouldBegin(input)));
  const cap = capOf(space, created.budgetSeconds, beganAt, plan.endsAt);
  const isDecided = cap === null || wanted <= given(cap.at);
  const chosen = isDecided ? { at: wanted, reason: reasonOf(input, trial) } : { ...cap, at: given(cap.at) };
  return { ...chosen, incumbent: trial, isFirm, isDecided };
}

/**
 * An instant that was given for a search without breaks, moved so that it leaves the search the same part of the time that its breaks have left: while
 * a study is down, or prepares itself to go on, neither its search nor its final training has anything of it.
 */
function afterBreaks(at: number, beganAt: number, endsAt: number, breaksSeconds: number): number {
  const whole = endsAt - beganAt;
  const breaks = Math.min(whole, Math.max(0, breaksSeconds));
  return at < endsAt && whole > 0 ? at + (breaks * (endsAt - at)) / whole : at;
}

/** When the search ends at the latest, and what is said then; null where nothing but the final training ends it. */
function capOf(
  { budget, final }: SearchSpace,
  budgetSeconds: number,
  beganAt: number,
  endsAt: number,
): Pick<SearchLimit, 'at' | 'reason'> | null {
  const { minSearchShare, maxSearchShare: share } = budget;
  const reason = (part: string) => `the search has had its share, ${part}`;
  if (share !== 'auto') {
    if (share >= 1) return null;
    return { at: share * budgetSeconds, reason: reason(`${Number(share.toPrecision(3))} of the budget`) };
  }
  if (final.maxEpochs !== undefined) return null;
  const at = Math.max(minSearchShare * budgetSeconds, beganAt + defaultSearchShare * (endsAt - beganAt));
  return { at, reason: reason(`${defaultSearchShare} of the time after its preparation`) };
}

/** Part of the time left that a decision to end is explained with. */
const explainedShare = 0.1;

/** What ends the search, in words: the next seconds are worth more to the final training. */
function reasonOf(input: SplitInput, trial: number): string {
  const { now, endsAt, wholeUntil, finalWorth } = input;
  const seconds = explainedShare * (endsAt - now);
  const { search, final } = stakes(input, now + seconds);
  const [without, as] = [accuracyOf(finalWorth(now + seconds)), accuracyOf(finalWorth(now))];
  const points = (value: number) => `+${value.toFixed(4)}`;
  const whole = wholeUntil !== null && now <= wholeUntil ? ', which needs what is left,' : '';
  const searched = accuracyOf(finalWorth(now) + search) - as;
  return final <= 0
    ? `the rest belongs to the final training of trial ${trial}`
    : `another ${formatDuration(seconds)} of search promise ${points(searched)}, the final training of trial ${trial}${whole} ${points(as - without)}`;
}

/** Whether what the search has trained of a trial is part of its final training. */
function continues({ scheduler }: SearchSpace): boolean {
  return scheduler.anneal === 'trunk' && scheduler.cooldown === 0;
}

/** True where a final training would only repeat what the search has done, without the validation images. */
function isTrained(resource: number, { final }: SearchSpace): boolean {
  return resource >= (final.maxEpochs ?? Number.POSITIVE_INFINITY) && !final.useValidation;
}

/** The resource that a final training reaches in so many seconds, as far as it is of use; above 0. */
function finalResource({ state, resource }: RankedTrial, space: SearchSpace, seconds: number): number {
  const { maxEpochs = Number.POSITIVE_INFINITY } = space.final;
  if (isTrained(resource, space)) return maxEpochs;
  const reached = continues(space) ? resource : 0;
  const further = Math.max(seconds, Number.MIN_VALUE) / unitSeconds(state, space);
  return Math.max(Number.MIN_VALUE, Math.min(maxEpochs, reached + further));
}

/** Seconds of a final training that is as long as one can usefully be. */
function wholeSeconds({ state, resource }: RankedTrial, space: SearchSpace): number {
  const { maxEpochs = Number.POSITIVE_INFINITY } = space.final;
  if (isTrained(resource, space)) return 0;
  return (maxEpochs - (continues(space) ? Math.min(resource, maxEpochs) : 0)) * unitSeconds(state, space);
}

function unitSeconds(trial: TrialState, { scheduler }: SearchSpace): number {
  return scheduler.unit === 'seconds' ? 1 : (secondsPerUnit(trial, scheduler) ?? 1);
}

/**
 * Until when a rung that takes a trial up to `to` must have ended: what the incumbent trains now it need not train in its final training, where that
 * goes on from the search.
 * @param trial null for a new one.
 */
export function rungEndsBy(
  state: StudyState,
  space: SearchSpace,
  limit: SearchLimit,
  trial: number | null,
  to: number,
): number {
  const { plan } = state;
  const incumbent = trial !== null && trial === limit.incumbent ? state.trials[trial] : undefined;
  if (!incumbent || !plan || !limit.isFirm) return limit.at;
  if (isTrained(to, space)) return plan.endsAt;
  if (!continues(space)) return limit.at;
  const reached = incumbent.rungs.findLast(({ status }) => status === 'finished')?.resource ?? 0;
  return Math.min(plan.endsAt, limit.at + (to - reached) * unitSeconds(incumbent, space));
}

/**
 * What a final training that begins now brings one trial beyond another because it gets further in what is left, on the scale of `worth`: faster, or trained
 * for longer already. Negative where it gets less far; 0 where none follows.
 */
export function headStart(
  state: StudyState,
  space: SearchSpace,
  one: RankedTrial,
  other: RankedTrial,
  now: number,
): number {
  const { created, plan } = state;
  if (created?.mode !== 'run' || !plan) return 0;
  const reached = (trial: RankedTrial) => finalResource(trial, space, plan.endsAt - now);
  return learningOf(state.trials, levelsOf(plan.brackets)).gain(reached(other), reached(one));
}
