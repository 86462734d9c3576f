import type { PackedDataset } from '../data/types.js';
import type { Engine } from '../engine/engine.js';
import type { TrialMessage } from './protocol.js';

/** What an assignment may use of the process that runs it. */
export interface TrialContext {
  readonly engine: Engine;
  /** Opens a packed data set; the last one stays open for the next assignment. */
  openData(directory: string): PackedDataset;
  /** Seconds since the study's start. */
  now(): number;
  report(message: TrialMessage): void;
  /** Waits while this thread stays free for messages. */
  pause(seconds: number): Promise<void>;
  /** Says how long the next stretch may block this thread, so that the study does not take it for a hang; null when unknown. */
  expect(seconds: number | null): void;
  /** True once the study has asked to stop. */
  stopRequested(): boolean;
}

/** The message that ends an assignment. */
export type Outcome = Extract<
  TrialMessage,
  { readonly type: 'rung-result' | 'final-result' | 'predict-result' | 'probe-result' | 'stopped' }
>;
