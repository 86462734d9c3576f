import { DamagedDataError } from '../data/damage.js';
import { OutOfMemoryError } from '../engine/engine.js';
import { messageOf, saysOutOfMemory } from '../errors.js';
import { DivergedError } from '../training/loop.js';
import type { TrialMessage } from './protocol.js';

/** Why an assignment ended with this error. */
export function reasonOf(error: unknown): Extract<TrialMessage, { type: 'failed' }>['reason'] {
  if (error instanceof DivergedError) return 'diverged';
  if (error instanceof DamagedDataError) return 'data';
  // Arrays and WebAssembly's heap may find no memory outside an engine, too.
  return error instanceof OutOfMemoryError || saysOutOfMemory(messageOf(error)) ? 'out-of-memory' : 'error';
}
