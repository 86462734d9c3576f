import type { SupervisedProcess } from '../supervisor/supervised.js';

/** What the commands that run a study are made with. */
export interface StudyContext {
  /** Takes the exit code. */
  readonly done: (code: number) => void;
  /** Takes up how this process was started; asked once, and only by a command that runs a study. */
  readonly supervised: () => SupervisedProcess;
}
