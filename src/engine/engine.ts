import type { TrainingPrograms } from '../program/types.js';

/** One tensor handed to a program: row-major values; the leading dimension follows from its length. */
export type Feed = Float32Array | Uint8Array;

export type ProgramName = 'accumulate' | 'apply' | 'evaluate';

/** The variables of one network together with its three programs, ready to run. One thread owns it. */
export interface Session {
  /**
   * Runs one program to its end.
   * @param feeds one entry for each of the program's inputs, of the right length (checked).
   * @returns the program's outputs by name; the arrays belong to the caller.
   * @throws OutOfMemoryError when the engine has no memory left; the session is of no use afterwards.
   */
  run(program: ProgramName, feeds: Readonly<Record<string, Feed>>): Promise<Readonly<Record<string, Float32Array>>>;
  /** A copy of a variable's values. */
  read(variable: string): Float32Array;
  /** Replaces a variable's values; their number must be the variable's. */
  write(variable: string, values: Float32Array): void;
  dispose(): void;
}

export interface Engine {
  /** As printed to users: `wasm`, `tfjs-node`, `tfjs-node-gpu`. */
  readonly name: string;
  /** True where only one process may hold the device at a time. */
  readonly exclusive: boolean;
  load(programs: TrainingPrograms): Promise<Session>;
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
}

/** The engine ran out of memory. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
}
