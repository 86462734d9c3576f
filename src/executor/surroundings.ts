import type { FailureReason } from '../state/events.js';
import type { Assignment, TrialMessage } from '../trial/protocol.js';

/** A trial process as those see it who watch over what all of them share. */
export interface RunningProcess {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Its log, and at which byte of it this process's lines begin. */
  readonly log: string;
  readonly logOffset: number;
  /** Ends the process at once, and with it what it works on. */
  stop(reason: FailureReason, message: string): void;
}

/** What trial processes find around them: the environment that they start in, and a device that they share. */
export interface Surroundings {
  /**
   * Resolves with the environment of a new process for `assignment` as soon as one may start.
   * @throws where none may start: the assignment ends with the error's message.
   */
  admit(assignment: Assignment): Promise<NodeJS.ProcessEnv>;
  /** Whether a process for `assignment` is known to share its device with others before it has said so: it need not wait until those that leave are gone. */
  shares(assignment: Assignment): boolean;
  /** A process was started with the environment that was given last. */
  started(process: RunningProcess): void;
  /** A message of a process, before anybody else hears it; nobody else does where the process is stopped now. */
  heard(process: RunningProcess, message: TrialMessage): void;
  /** The process is gone; what it held may take a moment more. */
  ended(process: RunningProcess): void;
  close(): void;
}

/** The same environment for every process, and nothing to share. */
export function plainSurroundings(env: NodeJS.ProcessEnv): Surroundings {
  const nothing = () => undefined;
  return {
    admit: async () => env,
    shares: () => false,
    started: nothing,
    heard: nothing,
    ended: nothing,
    close: nothing,
  };
}
