import type { Precision } from '../program/precision.js';
import type { SidePrograms, TrainingPrograms } from '../program/types.js';

/** One tensor handed to a program: row-major values; the leading dimension follows from its length. */
export type Feed = Float32Array | Uint8Array;

/** `accumulate.96`, `evaluate.96` and `recalibrate.96` are the programs for images of one side, of 96 px here. */
export type ProgramName = 'accumulate' | 'apply' | 'evaluate' | `${keyof SidePrograms}.${number}`;

/** The variables of one network together with its programs, ready to run. One thread owns it. */
export interface Session {
  /**
   * Runs one program to its end.
   * @param feeds one entry for each of the program's inputs, of the right length (checked).
   * @returns the program's outputs by name; the arrays belong to the caller.
   * @throws OutOfMemoryError when the engine has no memory left; the session is of no use afterwards.
   */
  run(program: ProgramName, feeds: Readonly<Record<string, Feed>>): Promise<Readonly<Record<string, Float32Array>>>;
  /**
   * A copy of a variable's values as they are at the call, whatever happens to it before the promise resolves: some devices give values
   * back only later.
   */
  read(variable: string): Promise<Float32Array>;
  /** Replaces a variable's values; their number must be the variable's. */
  write(variable: string, values: Float32Array): void;
  dispose(): void;
}

export interface Engine {
  /** As printed to users and as `HYPERBUDGET_ENGINE` names it: `native-gpu`, `webgpu`, `native-cpu`, `wasm`. */
  readonly name: string;
  /** What it is, in words: library, version, device. */
  readonly description: string;
  readonly precision: Precision;
  /** True where only one process may hold the device at a time. */
  readonly exclusive: boolean;
  /** True where one session uses all threads of its process; where false, a run with n threads loads n replicas. */
  readonly parallel: boolean;
  /**
   * @param batchSize images that most runs of `accumulate` hold: an engine may divide such batches among its threads, whose batch statistics are
   *   then those of the parts. Default: it does not.
   */
  load(programs: TrainingPrograms, batchSize?: number): Promise<Session>;
}

/** What was seen of one precision before one was chosen. */
export interface PrecisionTrial {
  readonly precision: Precision;
  /** Throughput of a training step; 0 where it failed. */
  readonly imagesPerSecond: number;
  /** Why it was not taken; null where only its speed counted. */
  readonly problem: string | null;
}

/** An engine that was tried and does not run here, in words for people. */
export interface UnavailableEngine {
  readonly name: string;
  readonly reason: string;
}

/** The engine in use and why no better one is. */
export interface EngineChoice {
  readonly engine: Engine;
  readonly unavailable: readonly UnavailableEngine[];
  /** What the choice of the precision rests on; empty where the engine has only one or it was given. */
  readonly precisions: readonly PrecisionTrial[];
}

/** The engine ran out of memory. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
}
