import { book, emptyLedger } from '../budget/ledger.js';
import { unreachable } from '../errors.js';
import type { StudyEvent } from './events.js';
import { highestMemory } from './gpu-memory.js';
import type { CurvePoint, EventOf, FinalState, RungRecord, StudyState, TrialState } from './types.js';

/** Curves keep at most this many points; a longer one loses every other point, so that a nine-hour run stays small. */
const longestCurve = 600;
const longestTold = 200;
const longestFailures = 100;

/** The state before anything has happened. */
export const emptyState: StudyState = {
  created: null,
  space: null,
  engine: null,
  data: null,
  plan: null,
  phase: 'preparing',
  brackets: [],
  trials: [],
  failuresInARow: [],
  predictions: [],
  searchEnd: null,
  final: { status: 'waiting' },
  gpuMemory: null,
  submission: null,
  submissionSeconds: [],
  finished: null,
  told: [],
  ledger: emptyLedger,
  at: 0,
};

/** An event that cannot follow those before it. */
export class IllegalEventError extends Error {
  constructor(
    readonly expected: string,
    readonly got: string,
  ) {
    super(`journal: expected ${expected}, got ${got}; try an earlier copy of the journal`);
  }
}

/**
 * The state after one more event. Pure; the fold of a journal's events is the study's state.
 * @throws IllegalEventError when the event cannot follow this state: the journal is not one of ours.
 */
export function fold(state: StudyState, event: StudyEvent): StudyState {
  const next = apply(state, event);
  return { ...next, ledger: book(state.ledger, event), at: Math.max(state.at, event.at) };
}

function apply(state: StudyState, event: StudyEvent): StudyState {
  switch (event.type) {
    case 'study-created':
      if (state.created) throw illegal(event, 'one beginning');
      return { ...state, created: event };
    case 'space-chosen':
      return { ...state, space: event };
    case 'engine-chosen':
      return { ...state, engine: event, failuresInARow: [] };
    case 'data-packed':
      return { ...state, data: event };
    case 'plan-made':
      return { ...state, plan: event, phase: phaseOf(state) === 'preparing' ? 'search' : phaseOf(state) };
    case 'bracket-opened':
      return { ...state, brackets: [...state.brackets, { bracket: event.bracket, shape: event.shape }] };
    case 'trial-created':
      if (event.trial !== state.trials.length) throw illegal(event, `trial number ${state.trials.length}`);
      return {
        ...state,
        trials: [
          ...state.trials,
          {
            trial: event.trial,
            bracket: event.bracket,
            configuration: event.configuration,
            origin: event.origin,
            rungs: [],
            curve: [],
          },
        ],
      };
    case 'rung-started':
      return withTrial(state, event, (trial) => ({
        ...trial,
        curve: [],
        rungs: [
          ...trial.rungs.filter((record) => record.rung !== event.rung),
          {
            status: 'running',
            rung: event.rung,
            slot: event.slot,
            attempt: event.attempt,
            memoryShare: event.memoryShare,
            resource: event.resource,
            startedAt: event.at,
            killAt: event.killAt,
          },
        ],
      }));
    case 'rung-progress':
      return withTrial(state, event, (trial) => ({ ...trial, curve: extend(trial.curve, event) }));
    case 'rung-checkpoint':
      requireTrial(state, event, event.trial);
      return state;
    case 'rung-finished':
      return withRunning({ ...state, failuresInARow: [] }, event, (record) => ({
        status: 'finished',
        rung: record.rung,
        resource: record.resource,
        startedAt: record.startedAt,
        result: event,
      }));
    case 'rung-failed':
      return withRunning(withFailure(state, event), event, (record) => ({
        status: 'failed',
        rung: record.rung,
        resource: record.resource,
        startedAt: record.startedAt,
        failedAt: event.at,
        attempt: record.attempt,
        memoryShare: record.memoryShare,
        reason: event.reason,
        message: event.message,
        log: event.log,
      }));
    case 'prediction-started':
      requireTrial(state, event, event.trial);
      return {
        ...state,
        predictions: [
          ...state.predictions,
          {
            trial: event.trial,
            rung: event.rung,
            slot: event.slot,
            startedAt: event.at,
            killAt: event.killAt,
            end: null,
          },
        ],
      };
    case 'prediction-ended':
      return endPrediction(state, event);
    case 'search-ended':
      if (event.winner !== null) requireTrial(state, event, event.winner);
      return { ...state, searchEnd: event, phase: 'final' };
    case 'final-started':
      requireTrial(state, event, event.trial);
      return { ...state, final: foldFinal(state.final, event) };
    case 'final-progress':
    case 'final-checkpoint':
    case 'final-predicted':
    case 'final-finished':
    case 'final-failed':
      return { ...state, final: foldFinal(state.final, event) };
    case 'gpu-memory':
      return { ...state, gpuMemory: highestMemory(state.gpuMemory, event) };
    case 'submission-written':
      return { ...state, submission: event, submissionSeconds: submissionSeconds(state, event) };
    case 'told':
      return { ...state, told: [...state.told, { at: event.at, message: event.message }].slice(-longestTold) };
    case 'study-interrupted':
      return { ...interruptWork(state, event), phase: 'interrupted' };
    case 'study-resumed': {
      const resumed = interruptWork(state, event);
      return { ...resumed, phase: phaseOf(resumed) };
    }
    case 'study-finished':
      return { ...state, finished: event, phase: 'finished' };
    default:
      return unreachable(event);
  }
}

/** Predictions of a trial are put in place as soon as they are there: nothing else happens between the two events. */
function submissionSeconds(
  { submissionSeconds: before, at }: StudyState,
  event: EventOf<'submission-written'>,
): readonly number[] {
  return event.source === 'trial' ? [...before, Math.max(0, event.at - at)] : before;
}

/** The phase that the rest of the state implies, apart from interruption. */
function phaseOf(state: StudyState): StudyState['phase'] {
  if (state.finished) return 'finished';
  if (state.searchEnd) return 'final';
  return state.plan ? 'search' : 'preparing';
}

/** A second end says that the predictions turned out to be of no use. */
function endPrediction(state: StudyState, event: EventOf<'prediction-ended'>): StudyState {
  const index = state.predictions.findLastIndex(({ trial, rung }) => trial === event.trial && rung === event.rung);
  const prediction = state.predictions[index];
  if (!prediction) throw illegal(event, `a prediction of trial ${event.trial}`);
  return { ...state, predictions: state.predictions.with(index, { ...prediction, end: event }) };
}

function withFailure(state: StudyState, event: EventOf<'rung-failed'>): StudyState {
  if (event.reason === 'interrupted') return state;
  return { ...state, failuresInARow: [...state.failuresInARow, event].slice(-longestFailures) };
}

/** Whatever ran when the study stopped is to be done again; it is nobody's failure. */
function interruptWork(state: StudyState, event: { readonly at: number }): StudyState {
  return {
    ...state,
    trials: state.trials.map((trial) => ({
      ...trial,
      rungs: trial.rungs.map((record) =>
        record.status === 'running'
          ? {
              status: 'failed',
              rung: record.rung,
              resource: record.resource,
              startedAt: record.startedAt,
              failedAt: event.at,
              attempt: record.attempt,
              memoryShare: record.memoryShare,
              reason: 'interrupted',
              message: 'the study was interrupted',
              log: null,
            }
          : record,
      ),
    })),
    predictions: state.predictions.filter((prediction) => prediction.end !== null),
    final:
      state.final.status === 'running'
        ? {
            ...state.final,
            status: 'failed',
            failures: [
              ...state.final.failures,
              {
                type: 'final-failed',
                at: event.at,
                reason: 'interrupted',
                message: 'the study was interrupted',
                log: null,
              },
            ],
          }
        : state.final,
  };
}

type FinalEvent = Extract<StudyEvent, { type: `final-${string}` }>;

function foldFinal(final: FinalState, event: FinalEvent): FinalState {
  switch (event.type) {
    case 'final-started':
      return {
        status: 'running',
        start: event,
        beganAt: final.status === 'running' || final.status === 'failed' ? final.beganAt : event.at,
        checkpoints: final.status === 'running' || final.status === 'failed' ? final.checkpoints : [],
        curve: final.status === 'waiting' ? [] : final.curve,
        epochs: 0,
        failures: final.status === 'running' || final.status === 'failed' ? final.failures : [],
        predictions: null,
      };
    case 'final-progress':
      if (final.status !== 'running') throw illegal(event, 'a running final training');
      return { ...final, curve: extend(final.curve, event), epochs: event.epochs };
    case 'final-checkpoint':
      if (final.status !== 'running') throw illegal(event, 'a running final training');
      return {
        ...final,
        checkpoints: [
          ...final.checkpoints.filter(({ path }) => path !== event.path),
          { path: event.path, trial: final.start.trial, images: event.images, at: event.at },
        ],
      };
    case 'final-predicted':
      if (final.status !== 'running' && final.status !== 'failed') throw illegal(event, 'a final training');
      return { ...final, predictions: event.path };
    case 'final-finished':
      if (final.status !== 'running') throw illegal(event, 'a running final training');
      return {
        status: 'finished',
        start: final.start,
        checkpoints: final.checkpoints,
        curve: final.curve,
        epochs: event.epochs,
        result: event,
      };
    case 'final-failed':
      if (final.status !== 'running') throw illegal(event, 'a running final training');
      return { ...final, status: 'failed', failures: [...final.failures, event] };
    default:
      return unreachable(event);
  }
}

function extend(curve: readonly CurvePoint[], event: CurvePoint): readonly CurvePoint[] {
  const { at, fraction, loss, learningRate, images, imagesPerSecond } = event;
  const kept = curve.length < longestCurve ? curve : curve.filter((_, index) => index % 2 === 0);
  return [...kept, { at, fraction, loss, learningRate, images, imagesPerSecond }];
}

type TrialEvent = Extract<StudyEvent, { type: `rung-${string}` }>;

function requireTrial(state: StudyState, event: StudyEvent, number: number): TrialState {
  const trial = state.trials[number];
  if (!trial) throw illegal(event, `a trial below ${state.trials.length}`);
  return trial;
}

function withTrial(state: StudyState, event: TrialEvent, change: (trial: TrialState) => TrialState): StudyState {
  const trial = requireTrial(state, event, event.trial);
  return { ...state, trials: state.trials.with(event.trial, change(trial)) };
}

function withRunning(
  state: StudyState,
  event: Extract<TrialEvent, { rung: number }>,
  change: (record: Extract<RungRecord, { status: 'running' }>) => RungRecord,
): StudyState {
  return withTrial(state, event, (trial) => {
    const running = trial.rungs.at(-1);
    if (running?.status !== 'running' || running.rung !== event.rung) {
      throw illegal(event, `rung ${event.rung} of trial ${event.trial} to be running`);
    }
    return { ...trial, rungs: [...trial.rungs.slice(0, -1), change(running)] };
  });
}

function illegal(event: StudyEvent, expected: string): IllegalEventError {
  return new IllegalEventError(expected, `${event.type} at ${event.at.toFixed(3)} s`);
}
