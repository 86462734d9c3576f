import { book, emptyLedger } from '../budget/ledger.js';
import { unreachable } from '../errors.js';
import type { StudyEvent } from './events.js';
import { foldFinal, interruptFinal } from './fold-final.js';
import { createTrial, foldRung, interruptTrials, trialOf } from './fold-trials.js';
import { highestMemory } from './gpu-memory.js';
import { illegal } from './illegal-event.js';
import { schedule } from './schedule.js';
import type { EventOf, StudyState } from './types.js';

const longestTold = 200;
const longestFailures = 100;

/** The state before anything has happened. */
export const emptyState: StudyState = {
  created: null,
  space: null,
  engine: null,
  fitted: null,
  data: null,
  plan: null,
  phase: 'preparing',
  brackets: [],
  schedule: [],
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

/**
 * The state after one more event. Pure; the fold of a journal's events is the study's state.
 * @throws IllegalEventError when the event cannot follow this state: the journal is not one of ours.
 */
export function fold(state: StudyState, event: StudyEvent): StudyState {
  const next = apply(state, event);
  return {
    ...next,
    schedule: schedule(state, event),
    ledger: book(state.ledger, event),
    at: Math.max(state.at, event.at),
  };
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
    case 'data-fitted':
      return { ...state, fitted: event };
    case 'data-packed':
      return { ...state, data: event };
    case 'plan-made':
      return { ...state, plan: event, phase: phaseOf(state) === 'preparing' ? 'search' : phaseOf(state) };
    case 'bracket-opened':
      return { ...state, brackets: [...state.brackets, { bracket: event.bracket, shape: event.shape }] };
    case 'trial-created':
      return { ...state, trials: createTrial(state.trials, event) };
    case 'rung-started':
    case 'rung-progress':
    case 'rung-checkpoint':
      return { ...state, trials: foldRung(state.trials, event) };
    case 'rung-finished':
      return { ...state, trials: foldRung(state.trials, event), failuresInARow: [] };
    case 'rung-failed':
      return { ...withFailure(state, event), trials: foldRung(state.trials, event) };
    case 'prediction-started':
      trialOf(state.trials, event, event.trial);
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
      if (event.winner !== null) trialOf(state.trials, event, event.winner);
      return { ...state, searchEnd: event, phase: 'final' };
    case 'final-started':
      trialOf(state.trials, event, event.trial);
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

/** Whatever ran when the study stopped is to be done again. */
function interruptWork(state: StudyState, { at }: StudyEvent): StudyState {
  return {
    ...state,
    trials: interruptTrials(state.trials, at),
    predictions: state.predictions.filter(({ end }) => end !== null && end.reason !== 'interrupted'),
    final: interruptFinal(state.final, at),
  };
}
