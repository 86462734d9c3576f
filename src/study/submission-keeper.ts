import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Dataset } from '../data/types.js';
import type { Clock } from '../executor/executor.js';
import { classPriorSubmission } from '../submission/submission.js';
import type { StudyLog } from './log.js';
import { isMisplaced, type Placed, placeFrom, placeRows, restoreSubmission } from './place.js';

export interface SubmissionKeeperOptions {
  /** The study's folder. */
  readonly directory: string;
  readonly log: StudyLog;
  readonly clock: Clock;
  /** Frees space in the study's folder when its disk is full. */
  readonly makeRoom: () => void;
  readonly tell: (message: string) => void;
}

/** Keeps a complete submission where the user wants it, from the first second on. */
export class SubmissionKeeper {
  constructor(private readonly options: SubmissionKeeperOptions) {}

  private get where() {
    const { directory, log, makeRoom } = this.options;
    return { directory, state: log.state, makeRoom };
  }

  /** The first submission stands before anything is packed or trained: every image the most frequent class. */
  placeClassPrior(dataset: Dataset): void {
    const { log, clock, tell } = this.options;
    const { created, submission } = log.state;
    if (!created?.submissionPath || submission || dataset.test.length === 0) return;
    const prior = classPriorSubmission(
      dataset.test.map(({ id }) => id),
      dataset.classes,
      Int32Array.from(dataset.train, ({ label }) => label),
    );
    const { path, rows, problem } = placeRows(this.where, prior);
    const at = clock.nowSeconds();
    log.record({ type: 'submission-written', at, source: 'class-prior', trial: null, rung: null, rows, path });
    if (problem !== null) tell(problem);
  }

  /** @throws Error as `placeFrom`. */
  place(predictions: string): Placed {
    return placeFrom(this.where, predictions);
  }

  /** A submission that could not be written where its user wants it is tried there again. */
  retry(): void {
    const { directory, log, clock } = this.options;
    const { state } = log;
    const { submission, created } = state;
    if (!submission || !created?.submissionPath || !isMisplaced(state)) return;
    if (!existsSync(dirname(created.submissionPath)) || restoreSubmission(directory, state) !== null) return;
    log.record({ ...submission, at: clock.nowSeconds(), path: created.submissionPath });
  }
}
