import type { Ledger } from '../budget/ledger.js';
import type { BracketState } from '../scheduler/jobs.js';
import type { Configuration } from '../space/types.js';
import type { FailureReason, StudyEvent } from './events.js';

/** One kind of event. */
export type EventOf<T extends StudyEvent['type']> = Extract<StudyEvent, { type: T }>;

/** A point of a training curve. */
export interface CurvePoint {
  /** Seconds since the study's start. */
  readonly at: number;
  /** Part of the schedule passed, in [0, 1]. */
  readonly fraction: number;
  readonly loss: number | null;
  readonly learningRate: number;
  readonly images: number;
  readonly imagesPerSecond: number;
}

/** What a trial has reached in one rung. */
export type RungRecord =
  | {
      readonly status: 'running';
      readonly rung: number;
      readonly slot: number;
      readonly attempt: number;
      readonly memoryShare: number;
      readonly resource: number;
      readonly startedAt: number;
      readonly killAt: number;
    }
  | {
      readonly status: 'finished';
      readonly rung: number;
      readonly resource: number;
      readonly startedAt: number;
      readonly result: EventOf<'rung-finished'>;
    }
  | {
      readonly status: 'failed';
      readonly rung: number;
      readonly resource: number;
      readonly startedAt: number;
      readonly failedAt: number;
      readonly attempt: number;
      readonly memoryShare: number;
      readonly reason: FailureReason;
      readonly message: string;
      readonly log: string | null;
    };

export interface TrialState {
  readonly trial: number;
  readonly bracket: number;
  readonly configuration: Configuration;
  readonly origin: EventOf<'trial-created'>['origin'];
  /** In seconds since the study's start. */
  readonly createdAt: number;
  /** By rung, ascending; the last one is where the trial stands. */
  readonly rungs: readonly RungRecord[];
  /** Whether one of its rungs was started more than once: then counts and curve hold what its last attempt trained alone. */
  readonly startedAgain: boolean;
  /** Points of the rung that runs or ran last. */
  readonly curve: readonly CurvePoint[];
}

/** Where a final training may go on, or be predicted from. */
export interface FinalCheckpoint {
  /** Relative to the study's folder. */
  readonly path: string;
  readonly trial: number;
  /** Training images since the first weights. */
  readonly images: number;
  /** When it was saved, in seconds since the study's start. */
  readonly at: number;
  /** Part of the schedule that is trained, in [0, 1]. */
  readonly fraction: number;
}

/** How an attempt at the final training ended. */
export type FinalFailure = EventOf<'final-failed'> & {
  /** Part of its configuration's schedule that was saved by then, in [0, 1]. */
  readonly savedPart: number;
};

export type FinalState =
  | { readonly status: 'waiting' }
  | {
      readonly status: 'running';
      readonly start: EventOf<'final-started'>;
      readonly beganAt: number;
      /** The newest of each configuration, newest last. */
      readonly checkpoints: readonly FinalCheckpoint[];
      readonly curve: readonly CurvePoint[];
      readonly epochs: number;
      readonly failures: readonly FinalFailure[];
      /** Of the test images, by the trained model, relative to the study's folder; null before. */
      readonly predictions: string | null;
    }
  | {
      readonly status: 'failed';
      readonly start: EventOf<'final-started'>;
      readonly beganAt: number;
      readonly checkpoints: readonly FinalCheckpoint[];
      readonly curve: readonly CurvePoint[];
      readonly epochs: number;
      readonly failures: readonly FinalFailure[];
      /** Of the test images, by the trained model, relative to the study's folder; null before. */
      readonly predictions: string | null;
    }
  | {
      readonly status: 'finished';
      readonly start: EventOf<'final-started'>;
      readonly checkpoints: readonly FinalCheckpoint[];
      readonly curve: readonly CurvePoint[];
      readonly epochs: number;
      readonly result: EventOf<'final-finished'>;
    };

export type Phase = 'preparing' | 'search' | 'final' | 'interrupted' | 'finished';

/** The fold of a journal. Everything that anybody shows or decides comes from here. */
export interface StudyState {
  readonly created: EventOf<'study-created'> | null;
  readonly space: EventOf<'space-chosen'> | null;
  readonly engine: EventOf<'engine-chosen'> | null;
  readonly fitted: EventOf<'data-fitted'> | null;
  readonly data: EventOf<'data-packed'> | null;
  readonly plan: EventOf<'plan-made'> | null;
  readonly phase: Phase;
  /** Opened brackets in order; `shape` is an index into `plan.brackets`. */
  readonly brackets: readonly { readonly bracket: number; readonly shape: number }[];
  /** The opened brackets that are not done, in order, as their schedulers see them. */
  readonly schedule: readonly BracketState[];
  /** By trial number. */
  readonly trials: readonly TrialState[];
  /** Failures of rungs since one has finished or an engine was chosen, oldest first; interruptions are none. */
  readonly failuresInARow: readonly EventOf<'rung-failed'>[];
  readonly predictions: readonly {
    readonly trial: number;
    /** Null for the final run's checkpoint. */
    readonly rung: number | null;
    readonly slot: number;
    readonly startedAt: number;
    readonly killAt: number;
    readonly end: EventOf<'prediction-ended'> | null;
  }[];
  readonly searchEnd: EventOf<'search-ended'> | null;
  readonly final: FinalState;
  /** Highest numbers of the whole study; null where no GPU is watched. */
  readonly gpuMemory: EventOf<'gpu-memory'> | null;
  /** The newest submission in place. */
  readonly submission: EventOf<'submission-written'> | null;
  /** What putting early predictions in place took, each time, in seconds. */
  readonly submissionSeconds: readonly number[];
  readonly finished: EventOf<'study-finished'> | null;
  /** Newest last; the last 200. */
  readonly told: readonly { readonly at: number; readonly message: string }[];
  /** Where the time went. */
  readonly ledger: Ledger;
  /** Time of the newest event, seconds since the study's start. */
  readonly at: number;
}
