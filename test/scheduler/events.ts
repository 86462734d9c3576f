import { type BracketState, reduceBracket } from '../../src/scheduler/jobs.js';
import type { BracketEvent } from '../../src/scheduler/rungs.js';

export const started = (trial: number, rung = 0): BracketEvent => ({ type: 'started', trial, rung });

export const finished = (trial: number, rung: number, score: number): BracketEvent => ({
  type: 'finished',
  trial,
  rung,
  score,
});

export const failed = (trial: number, rung = 0) => ({ type: 'failed', trial, rung, isTriedAgain: false }) as const;

/** A bracket after some events; what ends is started before where it was not. */
export const play = (bracket: BracketState, ...events: readonly BracketEvent[]): BracketState =>
  events.reduce(reduceBracket, bracket);
