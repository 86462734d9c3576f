import { unreachable } from '../errors.js';
import type { BracketState, RungEntry } from '../scheduler/jobs.js';
import type { RungRecord, StudyState, TrialState } from '../state/types.js';
import { isTriedAgain } from './attempts.js';

/** What the scheduler needs to know, read out of the study's state. */
export function bracketStates(state: StudyState): readonly BracketState[] {
  // Once through all trials: a long search opens hundreds of brackets.
  const trialsOf = new Map<number, TrialState[]>(state.brackets.map(({ bracket }) => [bracket, []]));
  for (const trial of state.trials) trialsOf.get(trial.bracket)?.push(trial);
  return state.brackets.map(({ bracket, shape }) => {
    const plan = state.plan?.brackets[shape] ?? [];
    const rungs = plan.map(() => [] as RungEntry[]);
    for (const trial of trialsOf.get(bracket) ?? []) {
      // Created, but the study stopped before its first rung was started.
      if (trial.rungs.length === 0) rungs[0]?.push({ trial: trial.trial, status: 'pending', score: null });
      for (const record of trial.rungs) rungs[record.rung]?.push(entryOf(trial.trial, record));
    }
    return { bracket, plan, rungs };
  });
}

function entryOf(trial: number, record: RungRecord): RungEntry {
  switch (record.status) {
    case 'running':
      return { trial, status: 'running', score: null };
    case 'finished':
      return { trial, status: 'finished', score: record.result.score };
    case 'failed':
      return { trial, status: isTriedAgain(record) ? 'pending' : 'failed', score: null };
    default:
      return unreachable(record);
  }
}
