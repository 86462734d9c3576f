import type { FailureReason } from '../state/events.js';
import type { Assignment, TrialMessage } from '../trial/protocol.js';

/** The study's time: seconds since its start, never going back within a process. The simulator has a virtual one. */
export interface Clock {
  nowSeconds(): number;
  /** Calls `callback` once at `atSeconds` or soon after; returns how to cancel that. */
  at(atSeconds: number, callback: () => void): () => void;
}

export type ExecutorEvent =
  /** A message of the process in `slot`; results free it. `failed` and `stopped` come as `ended`. */
  | { readonly type: 'message'; readonly slot: number; readonly message: TrialMessage }
  /** The work in `slot` ended without a result of its own; the slot is free. */
  | {
      readonly type: 'ended';
      readonly slot: number;
      readonly reason: FailureReason;
      readonly message: string;
      readonly log: string | null;
    };

/**
 * Runs assignments, one at a time in each slot. Every assignment started ends in exactly one event that frees its slot, at the latest shortly
 * after its `killAtSeconds`; an executor never decides what runs.
 */
export interface Executor {
  readonly slots: number;
  /** @throws Error when the slot is busy or the executor is closed. */
  start(slot: number, assignment: Assignment): void;
  /** Asks whatever runs to save; ends with `ended` (reason `interrupted`) in each busy slot. */
  stop(): void;
  /** Ends the processes that have nothing to do: whatever is started next finds its engine anew. */
  renew(): void;
  /** Ends every process at once, without further events. */
  close(): Promise<void>;
}

export type ExecutorListener = (event: ExecutorEvent) => void;

/** True for messages after which the slot is free again. */
export function endsAssignment(message: TrialMessage): boolean {
  switch (message.type) {
    case 'rung-result':
    case 'final-result':
    case 'predict-result':
    case 'probe-result':
    case 'failed':
    case 'stopped':
      return true;
    case 'hello':
    case 'heartbeat':
    case 'memory-estimate':
    case 'told':
    case 'progress':
    case 'checkpoint':
    case 'predicted':
    case 'write-failed':
      return false;
  }
}
