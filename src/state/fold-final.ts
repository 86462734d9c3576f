import { unreachable } from '../errors.js';
import { extendCurve } from './curve.js';
import type { StudyEvent } from './events.js';
import { illegal } from './illegal-event.js';
import type { EventOf, FinalState } from './types.js';

type FinalEvent = Extract<StudyEvent, { type: `final-${string}` }>;

/** The final run after one more of its events. @throws IllegalEventError when it cannot follow. */
export function foldFinal(final: FinalState, event: FinalEvent): FinalState {
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
      return { ...final, curve: extendCurve(final.curve, event), epochs: event.epochs };
    case 'final-checkpoint': {
      if (final.status !== 'running') throw illegal(event, 'a running final training');
      const { path, images, at, fraction } = event;
      return {
        ...final,
        checkpoints: [
          ...final.checkpoints.filter((one) => one.path !== path),
          ...(event.images > 0 ? [{ path, trial: final.start.trial, images, at, fraction }] : []),
        ],
      };
    }
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
      return failed(final, event);
    default:
      return unreachable(event);
  }
}

/** A final run that was at work when the study stopped is to go on; it is nobody's failure. */
export function interruptFinal(final: FinalState, at: number): FinalState {
  if (final.status !== 'running') return final;
  const reason = 'interrupted';
  const failure = { type: 'final-failed', at, reason, message: 'the study was interrupted', log: null } as const;
  return failed(final, failure);
}

function failed(final: Extract<FinalState, { status: 'running' }>, event: EventOf<'final-failed'>): FinalState {
  const saved = final.checkpoints.findLast(({ trial }) => trial === final.start.trial);
  return {
    ...final,
    status: 'failed',
    failures: [...final.failures, { ...event, savedPart: saved?.fraction ?? 0 }],
  };
}
