import type { StudyEvent } from './events.js';

/** An event that cannot follow those before it. */
export class IllegalEventError extends Error {
  constructor(
    readonly expected: string,
    readonly got: string,
  ) {
    super(`journal: expected ${expected}, got ${got}; try an earlier copy of the journal`);
  }
}

/** @param expected what could have followed the state, in words. */
export function illegal(event: StudyEvent, expected: string): IllegalEventError {
  return new IllegalEventError(expected, `${event.type} at ${event.at.toFixed(3)} s`);
}
