import { unreachable } from '../errors.js';
import { extendCurve } from './curve.js';
import type { FailureReason, StudyEvent } from './events.js';
import { illegal } from './illegal-event.js';
import { carrySummary } from './summary.js';
import type { EventOf, RungRecord, TrialState } from './types.js';

type RungEvent = Extract<StudyEvent, { type: `rung-${string}` }>;
type Running = Extract<RungRecord, { status: 'running' }>;
type Trials = readonly TrialState[];

/** The trials after one more event of one of their rungs. @throws IllegalEventError when it cannot follow. */
export function foldRung(trials: Trials, event: RungEvent): Trials {
  const trial = trialOf(trials, event, event.trial);
  const after = trials.with(event.trial, afterRung(trial, event));
  carrySummary(trials, after, event.trial);
  return after;
}

/** The trials with one more. @throws IllegalEventError when it is not the next one. */
export function createTrial(trials: Trials, event: EventOf<'trial-created'>): Trials {
  if (event.trial !== trials.length) throw illegal(event, `trial number ${trials.length}`);
  const { trial, bracket, configuration, origin, at } = event;
  const nothing = { rungs: [], startedAgain: false, curve: [] };
  const after = [...trials, { trial, bracket, configuration, origin, createdAt: at, ...nothing }];
  carrySummary(trials, after, trial);
  return after;
}

/** @throws IllegalEventError when there is no such trial. */
export function trialOf(trials: Trials, event: StudyEvent, number: number): TrialState {
  const trial = trials[number];
  if (!trial) throw illegal(event, `a trial below ${trials.length}`);
  return trial;
}

/** Whatever ran when the study stopped is to be done again; it is nobody's failure. */
export function interruptTrials(trials: Trials, at: number): Trials {
  const failure = { at, reason: 'interrupted', message: 'the study was interrupted', log: null } as const;
  return trials.map((trial) => ({
    ...trial,
    rungs: trial.rungs.map((record) => (record.status === 'running' ? failed(record, failure) : record)),
  }));
}

function afterRung(trial: TrialState, event: RungEvent): TrialState {
  switch (event.type) {
    case 'rung-started': {
      const { rung, slot, attempt, memoryShare, resource, at, killAt } = event;
      const started: Running = {
        status: 'running',
        ...{ rung, slot, attempt, memoryShare, resource, startedAt: at, killAt },
      };
      const others = trial.rungs.filter((record) => record.rung !== rung);
      const startedAgain = trial.startedAgain || others.length < trial.rungs.length;
      return { ...trial, curve: [], rungs: [...others, started], startedAgain };
    }
    case 'rung-progress':
      return { ...trial, curve: extendCurve(trial.curve, event) };
    case 'rung-checkpoint':
      return trial;
    case 'rung-finished': {
      const { rung, resource, startedAt } = runningIn(trial, event);
      return ended(trial, { status: 'finished', rung, resource, startedAt, result: event });
    }
    case 'rung-failed':
      return ended(trial, failed(runningIn(trial, event), event));
    default:
      return unreachable(event);
  }
}

/** The record of the rung that an event ends. */
function runningIn({ trial, rungs }: TrialState, event: Extract<RungEvent, { rung: number }>): Running {
  const running = rungs.at(-1);
  if (running?.status === 'running' && running.rung === event.rung) return running;
  throw illegal(event, `rung ${event.rung} of trial ${trial} to be running`);
}

function ended(trial: TrialState, record: RungRecord): TrialState {
  return { ...trial, rungs: [...trial.rungs.slice(0, -1), record] };
}

interface Failure {
  readonly at: number;
  readonly reason: FailureReason;
  readonly message: string;
  readonly log: string | null;
}

function failed(record: Running, { at, reason, message, log }: Failure): RungRecord {
  const { rung, resource, startedAt, attempt, memoryShare } = record;
  return {
    status: 'failed',
    ...{ rung, resource, startedAt, failedAt: at, attempt, memoryShare, reason, message, log },
  };
}
