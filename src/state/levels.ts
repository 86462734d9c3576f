import { milestone } from './milestone.js';
import type { TrialState } from './types.js';

/** A trial that has finished a rung of a level. */
export interface LevelEntry {
  readonly trial: number;
  /** Seconds since the study's start. */
  readonly at: number;
  /** Top-1 by resource, from its lowest rung up to the one of this level. */
  readonly scores: ReadonlyMap<number, number>;
}

/** All rungs of one resource, whatever bracket they belong to, that have finished with a score that is a number. */
export interface Level {
  readonly resource: number;
  readonly all: Entries;
  /** Of trials that have come from lower rungs. */
  readonly promoted: Entries;
}

/** Trials that have finished a level. */
export interface Entries {
  /** All that there have been. */
  readonly count: number;
  /** Those that finished last, oldest first. */
  readonly newest: readonly LevelEntry[];
  /** Those that statistics are made of, oldest first: the same ones until a fifth more are there, so that these are seldom made anew. */
  readonly settled: readonly LevelEntry[];
}

/** Statistics of more of them would hardly be better, and the newest are those that the search is about. */
const mostSettled = 200;

/** The levels of a study, by resource, ascending. */
export function measuredLevels(trials: readonly TrialState[]): readonly Level[] {
  const entries = trials.flatMap(entriesOf).sort((a, b) => a.entry.at - b.entry.at || a.entry.trial - b.entry.trial);
  return entries.reduce<readonly Level[]>(withEntry, []);
}

/** The levels after a trial has finished one more rung. */
export function withFinished(levels: readonly Level[], trial: TrialState): readonly Level[] {
  const last = entriesOf(trial).at(-1);
  return last && trial.rungs.at(-1)?.resource === last.resource ? withEntry(levels, last) : levels;
}

interface Placed {
  readonly resource: number;
  readonly entry: LevelEntry;
}

function withEntry(levels: readonly Level[], { resource, entry }: Placed): readonly Level[] {
  const index = levels.findIndex((level) => level.resource >= resource);
  const before = levels[index];
  const { all, promoted } = before?.resource === resource ? before : { all: none, promoted: none };
  const level = {
    resource,
    all: extended(all, entry),
    promoted: entry.scores.size > 1 ? extended(promoted, entry) : promoted,
  };
  if (before?.resource === resource) return levels.with(index, level);
  return levels.toSpliced(index < 0 ? levels.length : index, 0, level);
}

const none: Entries = { count: 0, newest: [], settled: [] };

function extended({ count, newest, settled }: Entries, entry: LevelEntry): Entries {
  let place = newest.length;
  for (; place > 0; place--) {
    const other = newest[place - 1];
    if (!other || other.at < entry.at || (other.at === entry.at && other.trial < entry.trial)) break;
  }
  const all = newest.toSpliced(place, 0, entry);
  const after = count + 1;
  const unsettled = after - settledCount(after);
  const now = all.slice(0, all.length - unsettled).slice(-mostSettled);
  const isSame = now.length === settled.length && now.every((one, index) => one === settled[index]);
  return {
    count: after,
    newest: all.slice(-(mostSettled + mostSettled / 5)),
    settled: isSame ? settled : now,
  };
}

/** The last count, up to this one, at which statistics are made. */
function settledCount(count: number): number {
  return count >= mostSettled ? count - (count % (mostSettled / 5)) : milestone(count, 5);
}

function entriesOf({ trial, rungs }: TrialState): readonly Placed[] {
  const scores: (readonly [number, number])[] = [];
  return rungs.flatMap((record) => {
    if (record.status !== 'finished' || Number.isNaN(record.result.score)) return [];
    const { resource, result } = record;
    scores.push([resource, result.score]);
    return [{ resource, entry: { trial, at: result.at, scores: new Map(scores) } }];
  });
}
