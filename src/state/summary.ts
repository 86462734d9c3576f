import { type Level, measuredLevels, withFinished } from './levels.js';
import { type Observation, observationOf, withObservation } from './observation.js';
import { byRank, type RankedTrial, rankOf } from './rank.js';
import type { EventOf, TrialState } from './types.js';

type Trials = readonly TrialState[];

/** One finished rung and what it started from. */
export interface FinishedRung {
  /** Resource of the rung below; 0 for the first. */
  readonly from: number;
  readonly to: number;
  readonly result: EventOf<'rung-finished'>;
}

/** What every decision asks about the trials. */
export interface TrialsSummary {
  /** By rank, best first. */
  readonly ranking: readonly RankedTrial[];
  /** Trials with a rung that runs, in the order of their starts. */
  readonly running: readonly TrialState[];
  /** The rungs that finished last, oldest first: what those before took says no more about what comes. */
  readonly recent: readonly FinishedRung[];
  /** By resource, ascending. */
  readonly levels: readonly Level[];
  /** Of every trial, in their order. */
  readonly observations: readonly Observation[];
}

/** Enough for a median that hardly moves. */
const mostRecent = 255;

// Trials never change, so that what was read out of them holds as long as they are there.
const known = new WeakMap<Trials, TrialsSummary>();

/** Read out of all trials where nobody has asked before; kept up to date from then on, as a study of ten thousand trials decides as often. */
export function summaryOf(trials: Trials): TrialsSummary {
  const summary = known.get(trials) ?? summarize(trials);
  known.set(trials, summary);
  return summary;
}

/** Carries what is known of `before` over to `after`, which differs in this trial alone. */
export function carrySummary(before: Trials, after: Trials, trial: number): void {
  const summary = known.get(before);
  const changed = after[trial];
  if (summary && changed) known.set(after, update(summary, before[trial], changed));
}

function summarize(trials: Trials): TrialsSummary {
  return {
    ranking: trials.flatMap((trial) => rankOf(trial) ?? []).sort(byRank),
    running: trials.filter(isRunning).sort(byStart),
    recent: newest(trials.flatMap(finishedRungs)),
    levels: measuredLevels(trials),
    observations: trials.map(observationOf),
  };
}

function update(
  { ranking, running, recent, levels, observations }: TrialsSummary,
  before: TrialState | undefined,
  after: TrialState,
): TrialsSummary {
  const wasRunning = before !== undefined && isRunning(before);
  const hasFinished = wasRunning && after.rungs.at(-1)?.status === 'finished';
  const others = running.filter(({ trial }) => trial !== after.trial);
  return {
    ranking: rerank(ranking, before && rankOf(before), rankOf(after)),
    running: isRunning(after) ? [...others, after].sort(byStart) : others,
    recent: hasFinished ? newest([...recent, ...finishedRungs(after).slice(-1)]) : recent,
    levels: hasFinished ? withFinished(levels, after) : levels,
    observations: withObservation(observations, after),
  };
}

function rerank(
  ranking: readonly RankedTrial[],
  before: RankedTrial | null | undefined,
  after: RankedTrial | null,
): readonly RankedTrial[] {
  if (!after) return ranking;
  const place = before ? placeOf(ranking, before) : -1;
  if (before && byRank(before, after) === 0) return ranking.with(place, after);
  const others = before ? ranking.toSpliced(place, 1) : ranking;
  return others.toSpliced(placeOf(others, after), 0, after);
}

/** Where a trial stands in the ranking, or would stand. */
function placeOf(ranking: readonly RankedTrial[], wanted: RankedTrial): number {
  let low = 0;
  let high = ranking.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = ranking[middle];
    if (other && byRank(other, wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isRunning({ rungs }: TrialState): boolean {
  return rungs.at(-1)?.status === 'running';
}

function byStart(a: TrialState, b: TrialState): number {
  return (a.rungs.at(-1)?.startedAt ?? 0) - (b.rungs.at(-1)?.startedAt ?? 0) || a.trial - b.trial;
}

function newest(finished: readonly FinishedRung[]): readonly FinishedRung[] {
  const sorted = finished.toSorted((a, b) => a.result.at - b.result.at || a.result.trial - b.result.trial);
  return sorted.slice(-mostRecent);
}

/** The finished rungs of a trial, lowest first. */
export function finishedRungs({ rungs }: TrialState): readonly FinishedRung[] {
  return rungs.flatMap((record, index) =>
    record.status === 'finished'
      ? [{ from: rungs[index - 1]?.resource ?? 0, to: record.resource, result: record.result }]
      : [],
  );
}
