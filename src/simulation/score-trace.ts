import { accuracyAfter, type Curve, epochsWithin, secondsUntil } from './curve.js';

/** How a trial goes on after a pause: from where it was left, or from its first epoch again. */
export type Continuation = 'resume' | 'scratch';

/** One assignment of a search: trains a configuration up to an epoch. */
export interface TraceStep {
  /** Which configuration, counted from 0 in the order of their first steps. */
  readonly trial: number;
  /** Last epoch, at least 1. */
  readonly to: number;
}

export interface ScoringRule {
  /** Seconds for search and final training together. */
  readonly budgetSeconds: number;
  readonly continuation: Continuation;
  /** Epochs of a full training. */
  readonly maxEpoch: number;
  /** Epochs that a configuration must have reached before it can be the incumbent. */
  readonly minEpoch: number;
}

/** What a search is worth: the accuracy of the final training that its incumbent gets in what the search leaves of the budget. */
export interface TraceScore {
  /** In the unit of the curves; null where no configuration could be adopted. */
  readonly score: number | null;
  readonly searchSeconds: number;
  /** Epochs of the training that gives the score. */
  readonly finalEpoch: number;
  /** Configurations that the search began to train. */
  readonly trials: number;
  readonly incumbent: number | null;
}

/**
 * Scores a search on one worker by the rule of the benchmark files (`scoring` in them). The clock runs epoch by epoch. The incumbent is the
 * configuration with the best accuracy at the highest epoch it has reached, adopted only while its reserve still fits: its own seconds an epoch so
 * far, times `maxEpoch`; nothing once it has been trained to the end. The search is killed when the clock meets the budget less that reserve, and the
 * epoch under way is lost; the incumbent's own training to the end is its final training, so only the budget's end cuts it.
 * @param curveOf the curve of a trial in the trace.
 */
export function scoreTrace(
  steps: readonly TraceStep[],
  curveOf: (trial: number) => Curve,
  rule: ScoringRule,
): TraceScore {
  const { budgetSeconds, continuation, maxEpoch, minEpoch } = rule;
  const reached = new Map<number, number>();
  const started = new Set<number>();
  let clock = 0;
  let incumbent: number | null = null;
  let bestFull: number | null = null;
  /** Epochs of the incumbent's training to the end that the end of the budget has cut. */
  let cutAt: number | null = null;

  const epochOf = (trial: number) => reached.get(trial) ?? 0;
  const accuracyOf = (trial: number) => accuracyAfter(curveOf(trial), epochOf(trial));
  const reserveOf = (trial: number) => {
    const epoch = epochOf(trial);
    return epoch >= maxEpoch ? 0 : (secondsUntil(curveOf(trial), epoch) / epoch) * maxEpoch;
  };
  const adopt = (trial: number, epoch: number, to: number) => {
    if (epoch < minEpoch || trial === incumbent) return;
    if (incumbent !== null && accuracyOf(trial) <= accuracyOf(incumbent)) return;
    const seconds = secondsUntil(curveOf(trial), epoch);
    const owed = to >= maxEpoch ? Math.max(0, (seconds / epoch) * maxEpoch - seconds) : reserveOf(trial);
    if (clock + owed <= budgetSeconds) incumbent = trial;
  };
  /** Trains one step; false where the search was killed on the way. */
  const train = ({ trial, to }: TraceStep): boolean => {
    const curve = curveOf(trial);
    for (let epoch = (continuation === 'resume' ? epochOf(trial) : 0) + 1; epoch <= to; epoch++) {
      const isFinal = trial === incumbent && to >= maxEpoch;
      const limit = budgetSeconds - (incumbent === null || isFinal ? 0 : reserveOf(incumbent));
      const end = clock + secondsUntil(curve, epoch) - secondsUntil(curve, epoch - 1);
      if (end > limit) {
        clock = Math.max(clock, Math.min(limit, end));
        if (isFinal) cutAt = epoch - 1;
        return false;
      }
      clock = end;
      if (epoch > epochOf(trial)) reached.set(trial, epoch);
      if (epoch >= maxEpoch) bestFull = Math.max(bestFull ?? Number.NEGATIVE_INFINITY, accuracyAfter(curve, maxEpoch));
      adopt(trial, epoch, to);
    }
    return true;
  };

  for (const step of steps) {
    started.add(step.trial);
    if (!train(step)) break;
  }
  const search = { searchSeconds: clock, trials: started.size, incumbent };
  if (incumbent === null) return { ...search, score: null, finalEpoch: 0 };
  const curve = curveOf(incumbent);
  const trained = cutAt ?? epochsWithin(curve, 0, budgetSeconds - clock, maxEpoch);
  const final = trained > 0 ? accuracyAfter(curve, trained) : null;
  if (bestFull !== null && (final === null || bestFull >= final))
    return { ...search, score: bestFull, finalEpoch: maxEpoch };
  return { ...search, score: final, finalEpoch: trained };
}
