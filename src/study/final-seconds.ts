import type { FinalState, StudyState, TrialState } from '../state/types.js';

/** Before one has been measured: the program, an engine, a network, the first step. */
const guessedStartSeconds = 4;
/** A start may be slower on a machine in trouble. */
const startMargin = 1.5;
const inferenceMargin = 1.5;
/** Steps that anneal, writing and reporting. */
const fixedSeconds = 1;

/** Seconds that a process needs before its first step, and after its last one beside predicting, by what starting has taken in this study. */
export function startSeconds({ trials }: StudyState): number {
  const starts = trials.flatMap(({ rungs }) =>
    rungs.flatMap((record) => {
      if (record.status !== 'finished') return [];
      const { wallSeconds, trainSeconds, evaluateSeconds, checkpointSeconds } = record.result;
      return [Math.max(0, wallSeconds - trainSeconds - evaluateSeconds - checkpointSeconds)];
    }),
  );
  return startMargin * (starts.length > 0 ? Math.max(...starts) : guessedStartSeconds) + fixedSeconds;
}

/** Seconds that a further attempt at the final run needs at the least. */
export function attemptSeconds(state: StudyState): number {
  const { final, searchEnd } = state;
  const trial = final.status === 'waiting' ? searchEnd?.winner : final.start.trial;
  return startSeconds(state) + inferenceMargin * inferenceSeconds(state, trial ?? 0);
}

/**
 * Seconds that the test images are expected to take with a trial's network after the search, with all processors; 0 where nothing is known. A trial
 * has measured it in its slot, with its part of them. Once the final run has told how fast it trains, only what is known for sure counts: that is at
 * least as fast as either.
 */
export function inferenceSeconds(state: StudyState, trial: number): number {
  const { data, engine, final } = state;
  const own = slowestInference(state.trials[trial]);
  const pace = trainingPace(final, trial);
  const rates = pace === null ? [own * (engine?.slots ?? 1)] : [own, pace];
  const rate = Math.max(...rates);
  return rate > 0 ? (data?.test ?? 0) / rate : 0;
}

/** Images a second, by the slowest measurement; 0 before the first. */
function slowestInference(trial: TrialState | undefined): number {
  const rates = (trial?.rungs ?? []).flatMap((record) =>
    record.status === 'finished' ? [record.result.inferenceImagesPerSecond] : [],
  );
  return rates.length > 0 ? Math.min(...rates) : 0;
}

/** Images that the final run has trained on a second, last; null where it has not told. */
function trainingPace(final: FinalState, trial: number): number | null {
  if (final.status === 'waiting' || final.start.trial !== trial) return null;
  return final.curve.findLast(({ imagesPerSecond }) => imagesPerSecond > 0)?.imagesPerSecond ?? null;
}
