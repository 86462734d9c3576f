import { type RungEstimator, rungEstimator } from '../budget/estimate.js';
import { measuredReserveSeconds } from '../budget/reserve.js';
import { rungEndsBy, type SearchLimit, searchUntil } from '../budget/search-until.js';
import { incumbentOf } from '../model/choice.js';
import { outlookOf } from '../model/outlook.js';
import { propose } from '../sampler/propose.js';
import { chosenJobs, ladderJobs } from '../scheduler/asha.js';
import { jobsOf } from '../scheduler/jobs.js';
import type { Job } from '../scheduler/scheduler.js';
import type { SearchSpace } from '../space/types.js';
import { nextAttempt } from '../state/attempts.js';
import { summaryOf } from '../state/summary.js';
import type { StudyState, TrialState } from '../state/types.js';
import type { Action } from './actions.js';
import { rungNotBefore } from './backoff.js';
import { decideFinal, finishNow } from './decide-final.js';
import { decideSubmission, duePrediction } from './decide-submission.js';
import { defaultWins } from './default-wins.js';
import { bearingOutlook, choiceBy } from './promotion-choice.js';
import { mayRank, promotionQuota, startingRung, tellRanking } from './ranking-rungs.js';

/** Part of the budget by which a promotion may overrun the planned end of the search: better than a bracket without a winner. */
const promotionTolerance = 0.03;

/** How much longer than expected a rung may take. Seconds only vary with the machine; what an epoch takes differs from trial to trial. */
const lateness = { seconds: 1.5, ownEpochs: 3, othersEpochs: 10 } as const;

/** Seconds that make a new plan worth its line in the journal. */
const smallestRevision = 0.05;

/** Part of the budget by which the expected end of the search must have moved to be worth one. */
const newsShare = 0.05;

/**
 * What a study does next, or null while there is nothing to do but wait. Pure: the state and the clock reading alone decide, so that a resumed
 * study goes on as if it had never stopped. Called again after each action until it returns null.
 * @param now seconds since the study's start.
 */
export function nextAction(state: StudyState, space: SearchSpace, now: number): Action | null {
  const { created, engine, plan } = state;
  if (!created || !engine || !plan || state.phase === 'finished' || state.phase === 'interrupted') return null;
  const submission = decideSubmission(state);
  if (submission) return submission;
  if (now >= lastInstant(state)) return finishNow(state);
  if (!state.searchEnd) return decideSearch(state, space, now);
  return reviseEnd(state, space) ?? decideFinal(state, now);
}

/** Before each attempt at the final run its end is moved to where the reserve, as now measured, begins; a reserve that the space names stays. */
function reviseEnd(state: StudyState, space: SearchSpace): Action | null {
  const { created, plan, final } = state;
  if (!created || !plan || created.mode !== 'run' || space.budget.reserveSeconds !== 'auto') return null;
  const reserve = final.status === 'waiting' || final.status === 'failed' ? measuredReserveSeconds(state) : null;
  if (reserve === null) return null;
  const endsAt = created.budgetSeconds - reserve;
  const { searchEndsAt } = plan;
  return Math.abs(endsAt - plan.endsAt) < smallestRevision ? null : { type: 'revise-plan', searchEndsAt, endsAt };
}

/** When a study ends whatever still runs: shortly before its budget does. Infinity before there is a plan. */
export function lastInstant({ created, plan }: StudyState): number {
  return created && plan ? plan.endsAt + 0.8 * (created.budgetSeconds - plan.endsAt) : Number.POSITIVE_INFINITY;
}

/**
 * When preparing is cut off, in seconds since the study's start. What is planned can still be worked on until the last instant; before there is
 * a plan, time must be left to finish with the first submission.
 */
export function preparingEndsAt(state: StudyState): number {
  const { created, plan } = state;
  if (!created || plan) return lastInstant(state);
  return created.budgetSeconds - Math.max(0.5, Math.min(5, 0.01 * created.budgetSeconds));
}

/** Slots that have nothing to do. */
export function freeSlots(state: StudyState): readonly number[] {
  const busy = new Set<number>();
  for (const { rungs } of summaryOf(state.trials).running) {
    const last = rungs.at(-1);
    if (last?.status === 'running') busy.add(last.slot);
  }
  for (const prediction of state.predictions) if (!prediction.end) busy.add(prediction.slot);
  if (state.final.status === 'running') busy.add(state.final.start.slot);
  return Array.from({ length: state.engine?.slots ?? 0 }, (_, slot) => slot).filter((slot) => !busy.has(slot));
}

/** Where the end of the search is decided while it runs: what is expected now, for whoever looks. Nothing is decided by it. */
function reviseSearchEnd({ created, plan }: StudyState, { budget }: SearchSpace, limit: SearchLimit): Action | null {
  const { at, incumbent } = limit;
  if (!created || !plan || incumbent === null || budget.searchShare !== 'auto') return null;
  const isNews = Math.abs(at - plan.searchEndsAt) >= newsShare * created.budgetSeconds;
  return isNews ? { type: 'revise-plan', searchEndsAt: at, endsAt: plan.endsAt } : null;
}

function decideSearch(state: StudyState, space: SearchSpace, now: number): Action | null {
  const told = tellRanking(state);
  if (told) return told;
  const revision = reviseSearchEnd(state, space, searchUntil(state, space, now));
  if (revision) return revision;
  const free = freeSlots(state);
  const slot = free[0];
  if (slot !== undefined) {
    const prediction = duePrediction(state, slot, now, latestEnd(state, searchUntil(state, space, now)));
    if (prediction) return prediction;
    const job = startableJob(state, space, slot, now);
    if (job) return job.type === 'start-rung' && now < rungNotBefore(state) ? null : job;
  }
  if (free.length < (state.engine?.slots ?? 0)) return null;
  return endSearch(state, space, now);
}

/**
 * The most urgent job that still fits before the search ends. Where no open bracket has one the next is opened; where even its lowest rung would take
 * too long, one with a shorter lowest rung: a slot that idles finds nothing.
 */
function startableJob(state: StudyState, space: SearchSpace, slot: number, now: number): Action | null {
  const { created, plan } = state;
  if (!created || !plan) return null;
  const { scheduler } = space;
  const limit = searchUntil(state, space, now);
  const estimate = rungEstimator(state, scheduler);
  const searchEndsAt = untilSearchEnds(state, estimate, limit);
  const fits = (trial: number | null, from: number, to: number, isPromotion: boolean) => {
    const { trainSeconds, overheadSeconds } = estimate(trial, from, to);
    const endsAt = now + trainSeconds + overheadSeconds;
    if (limit.isFirm && limit.incumbent !== null) return endsAt <= rungEndsBy(state, space, limit, trial, to);
    // What ends now because that is better would never end, as long as a promotion is short.
    const isOver = limit.isDecided && limit.at <= now;
    const mayOverrun = isPromotion && created.mode === 'run' && !isOver;
    const tolerance = mayOverrun ? promotionTolerance * created.budgetSeconds : 0;
    return endsAt <= Math.max(searchEndsAt, limit.at + tolerance);
  };
  for (const job of jobsNow(state, space)) {
    const bracketPlan = plan.brackets[state.brackets[job.bracket]?.shape ?? 0] ?? [];
    if (job.kind === 'new') {
      if (!fits(null, 0, job.resource, false)) continue;
      return createTrial(state, space, job.bracket, job.rung);
    }
    const from = standsAt(state.trials[job.trial], job.rung);
    if (!fits(job.trial, from, job.resource, job.rung > 0)) continue;
    const previous = state.trials[job.trial]?.rungs.find((record) => record.rung === job.rung);
    const { trainSeconds, overheadSeconds } = estimate(job.trial, from, job.resource);
    const depth = Math.max(...plan.brackets.map((bracket) => bracket.length));
    const latest =
      limit.isFirm && limit.incumbent !== null
        ? rungEndsBy(state, space, limit, job.trial, job.resource)
        : latestEnd(state, limit);
    const late =
      scheduler.unit === 'seconds' ? lateness.seconds : from > 0 ? lateness.ownEpochs : lateness.othersEpochs;
    return {
      type: 'start-rung',
      trial: job.trial,
      rung: job.rung,
      slot,
      ...nextAttempt(previous),
      from,
      resource: job.resource,
      // Generous to a busy machine, but never into the time of the final run.
      killAt: Math.min(now + late * trainSeconds + 3 * overheadSeconds + 10, latest),
      depth,
      level: job.rung + depth - bracketPlan.length,
    };
  }
  const bracket = state.brackets.length;
  // A ladder stays open as long as the search lasts.
  if (bracket > 0 && plan.promotion !== undefined && plan.promotion.rule !== 'halving') return null;
  const shapes = plan.brackets.map((_, index) => (bracket + index) % plan.brackets.length);
  const possible = shapes.filter((index) => {
    const lowest = plan.brackets[index]?.[0];
    return lowest && fits(null, 0, lowest.resource, false);
  });
  const shape = possible.find((index) => mayRank(state, plan.brackets[index] ?? [])) ?? possible[0];
  return shape === undefined ? null : { type: 'open-bracket', bracket, shape };
}

/**
 * What free slots could do. Where the space has a model choose who is promoted, that chooses while it knows more than chance, else the score: as many in
 * either case, so that changes between the two promote nobody twice over.
 */
function jobsNow(state: StudyState, space: SearchSpace): readonly Job[] {
  const choice = space.scheduler.kind === 'model-asha' ? choiceBy(bearingOutlook(state, space)) : null;
  return state.schedule.flatMap((bracket) => {
    if (bracket.rule !== 'asha') return jobsOf(bracket);
    const quota = promotionQuota(state, bracket);
    const lowest = startingRung(state, bracket.plan);
    return choice
      ? chosenJobs(bracket, quota, choice, lowest)
      : ladderJobs(bracket, quota, bracket.rungs.length, lowest);
  });
}

/** The highest rung that a trial has finished below this one, as its resource; 0 for none. */
function standsAt(trial: TrialState | undefined, rung: number): number {
  const below = trial?.rungs.filter((record) => record.status === 'finished' && record.rung < rung) ?? [];
  return Math.max(0, ...below.map(({ resource }) => resource));
}

/** The planned end of the search, or that of a promotion that overruns it: until then the other slots may work, too. */
function untilSearchEnds(state: StudyState, estimate: RungEstimator, limit: SearchLimit): number {
  const expected = summaryOf(state.trials).running.flatMap(({ trial, rungs }) => {
    const last = rungs.at(-1);
    if (last?.status !== 'running') return [];
    const from = rungs.at(-2)?.resource ?? 0;
    const { trainSeconds, overheadSeconds } = estimate(trial, from, last.resource);
    return [last.startedAt + trainSeconds + overheadSeconds];
  });
  return Math.max(limit.at, Math.min(latestEnd(state, limit), Math.max(0, ...expected)));
}

/** No rung runs past this instant. */
function latestEnd({ created, plan }: StudyState, limit: SearchLimit): number {
  if (!created || !plan) return 0;
  if (created.mode === 'search' || limit.isFirm) return limit.at;
  return Math.min(plan.endsAt, limit.at + 2 * promotionTolerance * created.budgetSeconds);
}

function createTrial(state: StudyState, space: SearchSpace, bracket: number, rung: number): Action {
  const trial = state.trials.length;
  const shapes = state.plan?.brackets ?? [];
  const from = shapes[state.brackets[bracket]?.shape ?? 0]?.[rung]?.resource ?? space.scheduler.min;
  const resources = [from, ...shapes.flat().map(({ resource }) => resource)];
  const seed = state.created?.seed ?? 0;
  const context = { space, seed, trial, observations: summaryOf(state.trials).observations, from };
  const [lowest, top] = [Math.min(...resources), Math.max(...resources)];
  return {
    type: 'create-trial',
    trial,
    bracket,
    rung,
    ...propose({ ...context, lowest, top, outlook: () => outlookOf(state, space) }),
  };
}

function endSearch(state: StudyState, space: SearchSpace, now: number): Action {
  const { at, incumbent, reason } = searchUntil(state, space, now);
  const winner = incumbent ?? incumbentOf(state, space)?.trial;
  if (winner !== undefined) {
    const ended = now < at ? 'nothing more fits into the search time' : reason;
    const instead = defaultWins(state, space, winner, now);
    return instead === null
      ? { type: 'end-search', reason: ended, winner }
      : { type: 'end-search', reason: `${ended}; ${instead}`, winner: 0 };
  }
  // The final run needs a configuration whatever happened: the first trial of a study is its default.
  if (state.trials.length === 0) return createTrial(state, space, 0, 0);
  return { type: 'end-search', reason: 'no trial finished: the default configuration is taken', winner: 0 };
}
