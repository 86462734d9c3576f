import { type ChildProcess, spawn } from 'node:child_process';

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Default: this process's own. */
  readonly directory?: string;
  /** Ends the program and whatever it started. */
  readonly signal?: AbortSignal;
}

/** Characters of a program's output that are kept, from its end. */
const keptCharacters = 100_000;
/** Lines of a failed program that its error tells. */
const toldLines = 12;

/** A program that was run ended with an error, or could not be started. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
}

/**
 * Runs a program to its end, in a process group of its own.
 * @param command program and arguments.
 * @returns what it wrote to standard output.
 * @throws ProgramError with its last lines when it fails; the signal's reason when it is aborted.
 */
export function runProgram(command: readonly string[], { env, directory, signal }: RunOptions): Promise<string> {
  const [program = '', ...parameters] = command;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(program, parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      detached: true,
      ...(directory !== undefined && { cwd: directory }),
    });
    let output = '';
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-keptCharacters);
      told = (told + text).slice(-keptCharacters);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told = (told + text).slice(-keptCharacters);
    });
    const abort = () => killGroup(child);
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (error: Error | null) => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) reject(signal.reason);
      else if (error) reject(error);
      else resolve(output);
    };
    child.on('error', (error) =>
      settle(new ProgramError(`${program} could not be started: ${error.message}`, { cause: error })),
    );
    child.on('close', (code, by) => {
      if (code === 0) return settle(null);
      const how = by ? `was ended by ${by}` : `exited with code ${code}`;
      const lines = told.trim().split('\n').slice(-toldLines);
      settle(new ProgramError([`${command.slice(0, 4).join(' ')} ${how}`, ...lines].join('\n  ')));
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // It was faster than we.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
