import { relative } from 'node:path';
import { oneLine, unreachable } from '../errors.js';
import type { FailureReason, StudyEvent } from '../state/events.js';
import { isInsideStudy } from '../state/inside.js';
import type { StudyState } from '../state/types.js';
import type { TrialMessage } from '../trial/protocol.js';

/** What a slot works on. */
type Work =
  | { readonly kind: 'rung'; readonly trial: number; readonly rung: number }
  | { readonly kind: 'prediction'; readonly trial: number; readonly rung: number | null; readonly startedAt: number }
  | { readonly kind: 'final' };

/** A slot's work in words, for people. */
function nameOf(work: Work | null, slot: number): string {
  switch (work?.kind) {
    case 'rung':
      return `trial ${work.trial}, rung ${work.rung}`;
    case 'prediction':
      return `prediction of trial ${work.trial}`;
    case 'final':
      return 'final run';
    case undefined:
      return `slot ${slot}`;
  }
}

/** What `slot` works on according to the state; null when it is free. */
function workIn(state: StudyState, slot: number): Work | null {
  if (state.final.status === 'running' && state.final.start.slot === slot) return { kind: 'final' };
  const prediction = state.predictions.find((candidate) => candidate.slot === slot && candidate.end === null);
  if (prediction) {
    const { trial, rung, startedAt } = prediction;
    return { kind: 'prediction', trial, rung, startedAt };
  }
  for (const trial of state.trials) {
    const last = trial.rungs.at(-1);
    if (last?.status === 'running' && last.slot === slot) return { kind: 'rung', trial: trial.trial, rung: last.rung };
  }
  return null;
}

const present = (...paths: readonly (string | null)[]): readonly string[] => paths.filter((path) => path !== null);

/** The files that a message names and the journal will. */
function pathsOf(message: TrialMessage): readonly string[] {
  switch (message.type) {
    case 'checkpoint':
    case 'predicted':
      return [message.path];
    case 'rung-result':
      return present(message.model);
    case 'final-result':
      return present(message.model, message.predictions);
    default:
      return [];
  }
}

/**
 * The journal line that a message of a trial process means in this state; null for messages that change nothing.
 * @param directory the study's folder: paths in the journal are relative to it.
 */
export function eventOfMessage(
  state: StudyState,
  slot: number,
  message: TrialMessage,
  at: number,
  directory: string,
): StudyEvent | null {
  const work = workIn(state, slot);
  // The executor counts the slot as free now: whatever the state thinks runs there has no result to come.
  const unexpected = () =>
    eventOfFailure(
      state,
      slot,
      { reason: 'protocol', message: `${message.type} is no result of this work`, log: null },
      at,
    );
  const stray = pathsOf(message).find((path) => !isInsideStudy(relative(directory, path)));
  if (stray !== undefined) {
    const text = `${message.type} names ${oneLine(stray)}, which is not in the study's folder`;
    // Only a result ends the work.
    if (message.type === 'checkpoint' || message.type === 'predicted')
      return { type: 'told', at, message: `${nameOf(work, slot)}: ${text}` };
    return eventOfFailure(state, slot, { reason: 'protocol', message: text, log: null }, at);
  }
  const within = (path: string | null) => (path === null ? null : relative(directory, path));
  switch (message.type) {
    case 'hello':
      // The plan was made for one engine: a replaced process that finds another one must not go unnoticed.
      if (state.engine?.engine === message.engine) return null;
      return { type: 'told', at, message: `slot ${slot} runs on ${message.engine}, not on ${state.engine?.engine}` };
    case 'failed':
    case 'heartbeat':
    case 'memory-estimate':
    case 'stopped':
    case 'probe-result':
      return null;
    case 'told':
      return { type: 'told', at, message: `${nameOf(work, slot)}: ${message.message}` };
    case 'write-failed': {
      const path = relative(directory, message.path);
      const text = `${nameOf(work, slot)}: ${path} could not be written: ${message.message}`;
      // A disk that stays full says so with every save.
      return state.told.some((told) => told.message === text) ? null : { type: 'told', at, message: text };
    }
    case 'progress': {
      const { fraction, images, loss, learningRate, imagesPerSecond, epochs } = message;
      const point = { at, fraction, images, loss, learningRate, imagesPerSecond };
      if (work?.kind === 'rung') return { type: 'rung-progress', trial: work.trial, ...point };
      return work?.kind === 'final' ? { type: 'final-progress', epochs, ...point } : null;
    }
    case 'checkpoint':
      if (work?.kind === 'rung') return { type: 'rung-checkpoint', at, trial: work.trial, fraction: message.fraction };
      if (work?.kind !== 'final') return null;
      return {
        type: 'final-checkpoint',
        at,
        path: relative(directory, message.path),
        fraction: message.fraction,
        images: message.images,
      };
    case 'predicted':
      return work?.kind === 'final' ? { type: 'final-predicted', at, path: relative(directory, message.path) } : null;
    case 'rung-result': {
      if (work?.kind !== 'rung') return unexpected();
      const { type: _, ...result } = message;
      const { trial, rung } = work;
      return { type: 'rung-finished', at, trial, rung, ...result, model: within(message.model) };
    }
    case 'predict-result': {
      if (work?.kind !== 'prediction') return unexpected();
      const { trial, rung } = work;
      return { type: 'prediction-ended', at, trial, rung, wallSeconds: message.wallSeconds, failed: null };
    }
    case 'final-result': {
      if (work?.kind !== 'final') return unexpected();
      const { type: _, ...result } = message;
      return {
        type: 'final-finished',
        at,
        ...result,
        model: within(message.model),
        predictions: within(message.predictions),
      };
    }
    default:
      return unreachable(message);
  }
}

/** The journal line for work in `slot` that ended without a result. */
export function eventOfFailure(
  state: StudyState,
  slot: number,
  failure: { readonly reason: FailureReason; readonly message: string; readonly log: string | null },
  at: number,
): StudyEvent {
  const { reason, message, log } = failure;
  const words = `${reason}: ${message}${log === null ? '' : ` (log ${log})`}`;
  const work = workIn(state, slot);
  switch (work?.kind) {
    case 'rung':
      return { type: 'rung-failed', at, trial: work.trial, rung: work.rung, reason, message, log };
    case 'prediction': {
      const { trial, rung } = work;
      const wallSeconds = at - work.startedAt;
      return { type: 'prediction-ended', at, trial, rung, wallSeconds, failed: words, reason };
    }
    case 'final':
      return { type: 'final-failed', at, reason, message, log };
    case undefined:
      return { type: 'told', at, message: `slot ${slot}: ${words}` };
  }
}
