import type { Proposal } from '../sampler/types.js';
import type { Configuration } from '../space/types.js';

/** The next thing the study does. It is journalled before anybody acts on it. */
export type Action =
  | { readonly type: 'open-bracket'; readonly bracket: number; readonly shape: number }
  | {
      readonly type: 'create-trial';
      readonly trial: number;
      readonly bracket: number;
      /** That it starts in. */
      readonly rung: number;
      readonly configuration: Configuration;
      readonly origin: Proposal['origin'];
    }
  | {
      readonly type: 'start-rung';
      readonly trial: number;
      readonly rung: number;
      readonly slot: number;
      readonly attempt: number;
      /** Part of the usual micro-batch, in (0, 1]. */
      readonly memoryShare: number;
      /** Resource of the rung below, 0 for none, and of this rung. */
      readonly from: number;
      readonly resource: number;
      readonly killAt: number;
      /** Rungs of the deepest bracket, and this rung counted from its bottom: what the fidelity grows along. */
      readonly depth: number;
      readonly level: number;
    }
  | {
      readonly type: 'start-prediction';
      readonly trial: number;
      /** Highest rung the trial has finished; null for the final run's checkpoint. */
      readonly rung: number | null;
      readonly slot: number;
      readonly model: string;
      /** Part of the usual images a run of a program, in (0, 1]. */
      readonly memoryShare: number;
      readonly killAt: number;
    }
  | {
      readonly type: 'place-submission';
      readonly source: 'trial' | 'final-checkpoint' | 'final';
      readonly trial: number;
      /** Of the trial's model; null for the final one. */
      readonly rung: number | null;
      /** Predictions to put in place, relative to the study's folder. */
      readonly predictions: string;
    }
  /** Search or final run are expected to end at another instant than was planned before anything had been measured. */
  | { readonly type: 'revise-plan'; readonly searchEndsAt: number; readonly endsAt: number }
  /** Something people should know, said once. */
  | { readonly type: 'tell'; readonly message: string }
  | { readonly type: 'end-search'; readonly reason: string; readonly winner: number }
  | {
      readonly type: 'start-final';
      readonly trial: number;
      readonly slot: number;
      readonly attempt: number;
      readonly memoryShare: number;
      /** Side of the images in pixels. */
      readonly resolution: number;
      readonly learningRateFactor: number;
      readonly endsAt: number;
      readonly killAt: number;
    }
  | { readonly type: 'finish'; readonly exitCode: number; readonly reason: string };
