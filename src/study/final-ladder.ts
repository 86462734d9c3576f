import { unreachable } from '../errors.js';
import type { FinalFailure } from '../state/types.js';

/** A configuration that the final run may train. */
export interface Candidate {
  readonly trial: number;
  /** Side of its images in pixels. */
  readonly resolution: number;
}

/** How a configuration's next final training is started. */
export interface FinalStep extends Candidate {
  /** Multiplies the learning rate, in (0, 1]. */
  readonly learningRateFactor: number;
  /** Part of the usual micro-batch, in (0, 1]. */
  readonly memoryShare: number;
}

/** The micro-batch is halved twice at most: batch statistics want some images. */
const leastMemoryShare = 0.25;
const divergencesPerConfiguration = 2;
/** The same where more of its schedule is saved than fresh weights could still be trained; what diverges at a sixteenth of its rate is beyond repair. */
const divergencesWhenSaved = 4;
/** Crashes, hangs, errors and wrong messages of one configuration before the next-best one gets its chance. */
const othersPerConfiguration = 3;

/** A configuration's step and what went wrong with it since it was its turn. */
interface Place {
  readonly step: FinalStep;
  readonly isSmaller: boolean;
  readonly divergences: number;
  readonly others: number;
}

/**
 * How the final training is tried next, after these failures; interruptions are none. Out of memory: a smaller micro-batch, a smaller image, the
 * next-best configuration. Divergence: half the learning rate, up to three times where most of the training is saved, the next-best configuration.
 * Anything else: again, twice, then the next-best. After the last configuration comes the first again, as carefully as it was left: the final run is
 * never given up while there is time.
 * @param candidates at least one, best first.
 * @param sides packed resolutions, ascending.
 */
export function finalStep(
  candidates: readonly [Candidate, ...Candidate[]],
  sides: readonly number[],
  failures: readonly Pick<FinalFailure, 'reason' | 'savedPart'>[],
): FinalStep {
  const [first, ...others] = candidates.map(
    (candidate): Place => ({
      step: { ...candidate, learningRateFactor: 1, memoryShare: 1 },
      isSmaller: false,
      divergences: 0,
      others: 0,
    }),
  );
  if (first === undefined) throw new Error('final run: expected a configuration');
  // Whose turn it is stands first.
  let places: readonly [Place, ...Place[]] = [first, ...others];
  for (const failure of failures) {
    const [current, ...rest] = places;
    const { place, isOver } = after(current, sides, failure);
    const [next, ...later] = rest;
    places = isOver && next ? [next, ...later, place] : [place, ...rest];
  }
  return places[0].step;
}

/** What a failure makes of a configuration's place, and whether the next-best is to be tried. */
function after(
  place: Place,
  sides: readonly number[],
  { reason, savedPart }: Pick<FinalFailure, 'reason' | 'savedPart'>,
): { readonly place: Place; readonly isOver: boolean } {
  const { step } = place;
  const over = (left: Place) => ({ place: { ...left, divergences: 0, others: 0 }, isOver: true });
  switch (reason) {
    case 'interrupted':
      return { place, isOver: false };
    case 'out-of-memory': {
      if (step.memoryShare > leastMemoryShare)
        return { place: { ...place, step: { ...step, memoryShare: step.memoryShare / 2 } }, isOver: false };
      const smaller = sides.findLast((side) => side < step.resolution);
      if (place.isSmaller || smaller === undefined) return over(place);
      return { place: { ...place, step: { ...step, resolution: smaller }, isSmaller: true }, isOver: false };
    }
    case 'diverged': {
      const careful = { ...place, step: { ...step, learningRateFactor: step.learningRateFactor / 2 } };
      const divergences = place.divergences + 1;
      const most = savedPart > 0.5 ? divergencesWhenSaved : divergencesPerConfiguration;
      if (divergences >= most) return over(careful);
      return { place: { ...careful, divergences }, isOver: false };
    }
    case 'crash':
    case 'hang':
    case 'protocol':
    case 'data':
    case 'error':
    case 'over-time': {
      const others = place.others + 1;
      return others >= othersPerConfiguration ? over(place) : { place: { ...place, others }, isOver: false };
    }
    default:
      return unreachable(reason);
  }
}
