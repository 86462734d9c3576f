import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineNames } from '../engine/names.js';
import { InputError } from '../errors.js';
import { type Precision, precisions } from '../program/precision.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import type { StudyStart } from './clock.js';
import { usableCores } from './cores.js';

/** What a user asked a new study for. Paths are absolute. */
export interface StudyRequest {
  readonly mode: 'run' | 'search' | 'final';
  readonly name: string;
  /** The study's folder, made if absent. */
  readonly directory: string;
  readonly dataDirectory: string;
  /** `auto`: made from what the engine's probe says. */
  readonly space: { readonly source: string; readonly space: SearchSpace } | 'auto';
  /** The configuration to train where there is no search. */
  readonly given?: Configuration;
  readonly budgetSeconds: number;
  readonly start: StudyStart;
  readonly seed: number;
  /** Where the submission goes; null where none is wanted. */
  readonly submissionPath: string | null;
  /** How activations are held; `auto`, or nothing, leaves it to the engine's own trial. */
  readonly precision?: Precision | 'auto';
  /** GPU memory that all processes may hold together; default 6 GB. */
  readonly gpuMemoryBytes?: number;
}

/** What a study needs of the machine it runs on. */
export interface StudyMachine {
  /** Program and arguments of a trial process. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Processor cores that trials may use. */
  readonly threads: number;
  /** Folder for packed data sets. */
  readonly cacheDirectory: string;
}

/** Refuses a value that no trial process would take, before a study is begun with it. */
function requireKnown(env: NodeJS.ProcessEnv, variable: string, known: readonly string[]): void {
  const value = env[variable];
  if (!value || known.includes(value)) return;
  throw new InputError(variable, known.join(', '), value, 'leaving it unset');
}

/**
 * This machine: its trial process, the cores that this process may use, and a cache folder where the XDG convention has it.
 * @throws InputError where HYPERBUDGET_THREADS is no number of threads, HYPERBUDGET_ENGINE no engine or HYPERBUDGET_PRECISION no precision.
 */
export function localMachine(env: NodeJS.ProcessEnv, cacheDirectory?: string): StudyMachine {
  requireKnown(env, 'HYPERBUDGET_ENGINE', engineNames);
  requireKnown(env, 'HYPERBUDGET_PRECISION', ['auto', ...precisions]);
  const main = fileURLToPath(new URL('../trial/main.js', import.meta.url));
  const cache = env['XDG_CACHE_HOME'] || join(env['HOME'] ?? '.', '.cache');
  return {
    command: [process.execPath, main],
    env,
    threads: usableCores(env),
    cacheDirectory: cacheDirectory ?? join(cache, 'hyperbudget', 'packed'),
  };
}
