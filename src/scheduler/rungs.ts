/** A trial that has a place in a rung and no result there. `pending`: it was interrupted through no fault of its own and is to be done again. */
export interface WorkingEntry {
  readonly trial: number;
  readonly status: 'running' | 'pending';
}

/** A trial that has finished a rung and may go on to the next, or has done so. */
export interface RankedEntry {
  readonly trial: number;
  /** Higher is better; never NaN: a score that is no number is a failure. */
  readonly score: number;
  /** It has entered the next rung. */
  readonly promoted: boolean;
}

/** Who is in one rung of an opened bracket. */
export interface RungState {
  /** Trials that have finished it or failed in it for good: a failed one keeps its place and is never promoted. */
  readonly ended: number;
  /** In the order of entry. */
  readonly working: readonly WorkingEntry[];
  /** Best first; only as many as may still be promoted. */
  readonly ranked: readonly RankedEntry[];
}

/** What happens to a trial of a bracket. */
export type BracketEvent =
  /** It was created: the rung that it starts in is to be done. */
  | { readonly type: 'created'; readonly trial: number; readonly rung: number }
  | { readonly type: 'started'; readonly trial: number; readonly rung: number }
  | {
      readonly type: 'finished';
      readonly trial: number;
      readonly rung: number;
      readonly score: number;
      /** That the score was measured on; absent: it has no noise. */
      readonly images?: number;
      /** Of how many that have ended in the rung one goes on, >= 1; absent: of as many as the bracket says. */
      readonly divisor?: number;
    }
  | { readonly type: 'failed'; readonly trial: number; readonly rung: number; readonly isTriedAgain: boolean }
  /** The study stopped: whatever ran is to be done again. */
  | { readonly type: 'interrupted' };

export const emptyRung: RungState = { ended: 0, working: [], ranked: [] };

/** Trials that have a place in a rung. */
export function entered({ ended, working }: RungState): number {
  return ended + working.length;
}

/**
 * The rungs after one more event.
 * @param kept how many of the best of a rung may still be promoted once so many trials have ended in it; the others never will be.
 */
export function reduceRungs(
  rungs: readonly RungState[],
  event: BracketEvent,
  kept: (rung: number, ended: number) => number,
): readonly RungState[] {
  switch (event.type) {
    case 'created':
      return change(rungs, event.rung, (rung) => work(rung, event.trial, 'pending'));
    case 'started': {
      const below = event.rung - 1;
      const risen = change(rungs, below, (rung) => markPromoted(rung, event.trial));
      return change(risen, event.rung, (rung) => work(rung, event.trial, 'running'));
    }
    case 'finished':
      return change(rungs, event.rung, (rung) => {
        const { ended, working } = end(rung, event.trial);
        return { ended, working, ranked: insert(rung.ranked, event).slice(0, kept(event.rung, ended)) };
      });
    case 'failed':
      return change(rungs, event.rung, (rung) =>
        event.isTriedAgain ? work(rung, event.trial, 'pending') : end(rung, event.trial),
      );
    case 'interrupted':
      return rungs.map((rung) =>
        rung.working.some(({ status }) => status === 'running')
          ? { ...rung, working: rung.working.map(({ trial }) => ({ trial, status: 'pending' })) }
          : rung,
      );
  }
}

function change(rungs: readonly RungState[], index: number, by: (rung: RungState) => RungState): readonly RungState[] {
  const rung = rungs[index];
  return rung ? rungs.with(index, by(rung)) : rungs;
}

function work(rung: RungState, trial: number, status: WorkingEntry['status']): RungState {
  const index = rung.working.findIndex((entry) => entry.trial === trial);
  const working = index < 0 ? [...rung.working, { trial, status }] : rung.working.with(index, { trial, status });
  return { ...rung, working };
}

function end(rung: RungState, trial: number): RungState {
  return { ...rung, ended: rung.ended + 1, working: rung.working.filter((entry) => entry.trial !== trial) };
}

function markPromoted(rung: RungState, trial: number): RungState {
  const index = rung.ranked.findIndex((entry) => entry.trial === trial);
  const entry = rung.ranked[index];
  if (!entry || entry.promoted) return rung;
  return { ...rung, ranked: rung.ranked.with(index, { ...entry, promoted: true }) };
}

/** Best first: higher score, then the older trial. */
function insert(
  ranked: readonly RankedEntry[],
  { trial, score }: { readonly trial: number; readonly score: number },
): readonly RankedEntry[] {
  let low = 0;
  let high = ranked.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = ranked[middle];
    if (other && (other.score > score || (other.score === score && other.trial < trial))) low = middle + 1;
    else high = middle;
  }
  return ranked.toSpliced(low, 0, { trial, score, promoted: false });
}
