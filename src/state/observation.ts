import type { Configuration } from '../space/types.js';
import { hasFailed } from './attempts.js';
import type { TrialState } from './types.js';

/** What is known of an earlier trial: all that a sampler asks. */
export interface Observation {
  readonly configuration: Configuration;
  /** Its finished rungs, by resource, ascending; empty while there is none. */
  readonly rungs: readonly {
    /** What the trial has been trained with up to there, in the scheduler's unit, > 0. */
    readonly resource: number;
    /** Top-1, in [0, 1]; never NaN. */
    readonly score: number;
  }[];
  /** Its last rung failed and is not tried again. */
  readonly failed: boolean;
}

export function observationOf(trial: TrialState): Observation {
  const { configuration, rungs } = trial;
  const finished = rungs.flatMap((record) =>
    record.status === 'finished' && !Number.isNaN(record.result.score)
      ? [{ resource: record.resource, score: record.result.score }]
      : [],
  );
  return { configuration, rungs: finished.sort((a, b) => a.resource - b.resource), failed: hasFailed(trial) };
}

/** The observations, by trial, after one trial has changed or is new; the same list where nothing has been learnt of it. */
export function withObservation(observations: readonly Observation[], trial: TrialState): readonly Observation[] {
  const [before, after] = [observations[trial.trial], observationOf(trial)];
  if (!before) return [...observations, after];
  const isSame = before.failed === after.failed && before.rungs.length === after.rungs.length;
  return isSame ? observations : observations.with(trial.trial, after);
}
