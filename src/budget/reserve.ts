import type { RungRecord, StudyState } from '../state/types.js';
import { secondsToKeep } from './safety.js';

/** Ending the trial processes and exiting, supervisor included. */
const exitSeconds = 0.4;

/** Putting a submission in place before one has been. */
const guessedSubmissionSeconds = 0.5;

/** A rung may be late because its process had to be started first, which the end of the final run never has to wait for. */
const longestLatenessSeconds = 1;

/** What was never measured may happen, too, and in a long study more is lost to it: 1 s and 0.05 % of the budget, at most 5 s. */
function leastSeconds(budgetSeconds: number): number {
  return Math.min(5, 1 + 0.0005 * budgetSeconds);
}

/** Seconds between the end of a rung on its own clock and the study's knowledge of it. */
function latencySeconds(record: RungRecord): readonly number[] {
  if (record.status !== 'finished') return [];
  const { result, startedAt } = record;
  return [Math.max(0, result.at - startedAt - result.wallSeconds)];
}

/**
 * Seconds to keep between the end of the final run and the deadline, from what this study has measured: how late it hears of what its trials
 * have done, and how long putting a submission in place takes. Null before a rung has finished: then nothing is known.
 */
export function measuredReserveSeconds({ created, trials, submissionSeconds }: StudyState): number | null {
  const latencies = trials.flatMap(({ rungs }) => rungs.flatMap(latencySeconds));
  if (!created || latencies.length === 0) return null;
  const lateness = Math.min(longestLatenessSeconds, secondsToKeep(latencies, 1, 0));
  const needed = exitSeconds + lateness + secondsToKeep(submissionSeconds, 1, guessedSubmissionSeconds);
  return Math.max(leastSeconds(created.budgetSeconds), needed);
}
