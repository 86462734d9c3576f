import type { StudyState } from '../state/types.js';

/** A part of the wall clock. */
export interface LedgerEntry {
  readonly name: string;
  /** >= 0 */
  readonly seconds: number;
}

/**
 * Where the wall clock of a study went, in the order of time; the parts add up to the elapsed seconds. What parallel trials did at the
 * same time is divided by the number of slots, so that an idle slot shows as waiting.
 */
export function timeLedger(state: StudyState): readonly LedgerEntry[] {
  const elapsed = Math.max(state.at, state.created?.at ?? 0);
  const finalStart = finalBegan(state);
  const searchEnd = Math.min(state.searchEnd?.at ?? finalStart ?? elapsed, elapsed);
  const searchStart = Math.min(firstRung(state) ?? finalStart ?? searchEnd, searchEnd);
  const trainingStart = Math.max(finalStart ?? searchEnd, searchEnd);
  const result = state.final.status === 'finished' ? state.final.result : null;
  const trainingEnd = result?.at ?? (finalStart === null ? trainingStart : elapsed);
  return [
    ...divide(searchStart, [['packing the data', state.data?.seconds ?? 0]], 'starting, engine and planning'),
    ...divide(searchEnd - searchStart, searchParts(state), 'search: starting, loading and waiting'),
    { name: gapName(state), seconds: trainingStart - searchEnd },
    ...divide(
      trainingEnd - trainingStart,
      result
        ? [
            ['final run: training', result.trainSeconds],
            ['final run: evaluation', result.evaluateSeconds],
            ['final run: inference', result.inferenceSeconds],
          ]
        : [],
      result ? 'final run: starting and checkpoints' : 'final run: without a result',
    ),
    { name: 'writing and exit', seconds: elapsed - trainingEnd },
  ].filter(({ seconds }) => seconds > 0);
}

/** A finished final run keeps only its last attempt's start. */
function gapName({ final }: StudyState): string {
  const again = final.status === 'finished' && final.start.attempt > 1;
  return again ? 'final run: attempts that failed' : 'between search and final run';
}

type Part = readonly [name: string, seconds: number];

/** Parts that were measured by another clock never exceed the whole: they are scaled down where they would. */
function divide(seconds: number, parts: readonly Part[], rest: string): readonly LedgerEntry[] {
  const sum = parts.reduce((total, [, part]) => total + part, 0);
  const scale = sum > seconds ? seconds / sum : 1;
  const named = parts.map(([name, part]) => ({ name, seconds: part * scale }));
  const remaining = Math.max(0, seconds - sum);
  return [...named, { name: rest, seconds: remaining }];
}

function searchParts(state: StudyState): readonly Part[] {
  const slots = state.engine?.slots ?? 1;
  const records = state.trials.flatMap((trial) => trial.rungs);
  const results = records.flatMap((record) => (record.status === 'finished' ? [record.result] : []));
  const lost = (interrupted: boolean): readonly number[] =>
    records.flatMap((record) =>
      record.status === 'failed' && (record.reason === 'interrupted') === interrupted
        ? [record.failedAt - record.startedAt]
        : [],
    );
  const predictions = state.predictions.map(({ end }) => end?.wallSeconds ?? 0);
  const share = (seconds: readonly number[]): number => seconds.reduce((sum, part) => sum + part, 0) / slots;
  return [
    ['search: training', share(results.map(({ trainSeconds }) => trainSeconds))],
    ['search: evaluation', share(results.map(({ evaluateSeconds }) => evaluateSeconds))],
    ['search: failed rungs', share(lost(false))],
    // From the rung's start to the study's resumption: the time that nothing ran is in here too.
    ['search: interrupted rungs', share(lost(true))],
    ['search: early predictions', share(predictions)],
  ];
}

function firstRung(state: StudyState): number | null {
  const starts = state.trials.flatMap((trial) => trial.rungs.map((record) => record.startedAt));
  return starts.length > 0 ? Math.min(...starts) : null;
}

/** Start of the first attempt, or of the last one where the state keeps no other. */
function finalBegan(state: StudyState): number | null {
  switch (state.final.status) {
    case 'waiting':
      return null;
    case 'finished':
      return state.final.start.at;
    case 'running':
    case 'failed':
      return state.final.beganAt;
  }
}
