import { useEffect, useState } from 'react';
import type { StudyState } from '../../state/types.js';
import type { Pace } from '../model/pace.js';
import type { StudyView } from '../types.js';

const tickMilliseconds = 1000;
/** Events arrive in bursts; drawing more often than this shows nothing more. */
const eventMilliseconds = 100;

export interface Snapshot {
  readonly state: StudyState;
  readonly nowSeconds: number;
  readonly packing: Pace | null;
}

function take(view: StudyView): Snapshot {
  return { state: view.state(), nowSeconds: view.nowSeconds(), packing: view.packing() };
}

/**
 * The study once a second, so that the clock runs, and soon after an event. A drawing reads this and never the view itself: what changes
 * between two drawings without React knowing would keep effects from running.
 */
export function useSnapshot(view: StudyView): Snapshot {
  const [snapshot, setSnapshot] = useState(() => take(view));
  useEffect(() => {
    let pending: NodeJS.Timeout | null = null;
    const draw = () => setSnapshot(take(view));
    const soon = () => {
      pending ??= setTimeout(() => {
        pending = null;
        draw();
      }, eventMilliseconds);
    };
    const ticking = setInterval(draw, tickMilliseconds);
    const unsubscribe = view.subscribe(soon);
    // Events may have come between the first drawing and this effect.
    draw();
    return () => {
      unsubscribe();
      clearInterval(ticking);
      if (pending !== null) clearTimeout(pending);
    };
  }, [view]);
  return snapshot;
}
