import type { Observation } from '../sampler/types.js';
import { isTriedAgain } from '../state/attempts.js';
import type { StudyState, TrialState } from '../state/types.js';

type Trials = StudyState['trials'];

// States never change, so that what was read out of one holds as long as it is there. A curve that grows leaves the rungs as they are.
const ofStudies = new WeakMap<Trials, readonly Observation[]>();
const ofTrials = new WeakMap<TrialState['rungs'], Observation>();

/**
 * What a sampler needs to know of the trials so far, one observation each, in their order. The same trials give the same list, and a trial whose
 * rungs have not changed the same observation.
 */
export function observationsOf({ trials }: Pick<StudyState, 'trials'>): readonly Observation[] {
  const known = ofStudies.get(trials);
  if (known) return known;
  const observations = trials.map(observationOf);
  ofStudies.set(trials, observations);
  return observations;
}

function observationOf({ configuration, rungs }: TrialState): Observation {
  const known = ofTrials.get(rungs);
  if (known?.configuration === configuration) return known;
  const finished = rungs.flatMap((record) =>
    record.status === 'finished' && !Number.isNaN(record.result.score)
      ? [{ resource: record.resource, score: record.result.score }]
      : [],
  );
  const observation = {
    configuration,
    rungs: finished.sort((a, b) => a.resource - b.resource),
    failed: hasFailed(rungs),
  };
  ofTrials.set(rungs, observation);
  return observation;
}

function hasFailed(rungs: TrialState['rungs']): boolean {
  const last = rungs.at(-1);
  if (last?.status === 'finished') return Number.isNaN(last.result.score);
  return last?.status === 'failed' && !isTriedAgain(last);
}
