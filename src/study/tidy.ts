import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writerOf } from '../atomic-file.js';
import { messageOf } from '../errors.js';
import { isAlive } from '../process-identity.js';
import type { StudyEvent } from '../state/events.js';
import type { StudyState } from '../state/types.js';
import { type Retention, uselessCheckpoints } from './retention.js';

/** Events after which checkpoints may be of no more use. */
const changing: ReadonlySet<StudyEvent['type']> = new Set([
  'rung-finished',
  'rung-failed',
  'prediction-ended',
  'search-ended',
  'final-finished',
]);

export interface Freed {
  readonly files: number;
  readonly bytes: number;
}

/** Deletes a study's checkpoints once they are of no more use. */
export class Tidying {
  private deleted: ReadonlySet<string> = new Set();
  private failed = false;

  /**
   * @param directory the study's folder.
   * @param tell hears once that something could not be deleted.
   */
  constructor(
    private readonly directory: string,
    private readonly tell: (message: string) => void,
  ) {}

  /** Deletes what an event has made useless. */
  after(event: StudyEvent, state: StudyState): void {
    if (!changing.has(event.type)) return;
    const useless = new Set(uselessCheckpoints(state, 'usual'));
    const fresh = [...useless].filter((path) => !this.deleted.has(path));
    this.deleted = useless;
    for (const path of fresh) this.remove(path);
  }

  /** Deletes everything that is useless under a rule, and what processes that were killed have left half written. */
  free(state: StudyState, retention: Retention): Freed {
    const sizes = [...uselessCheckpoints(state, retention), ...this.halfWritten()].map((path) => this.remove(path));
    const removed = sizes.filter((bytes) => bytes !== null);
    return { files: removed.length, bytes: removed.reduce((sum, bytes) => sum + bytes, 0) };
  }

  /** Temporary files of processes that are gone; relative to the study's folder. */
  private halfWritten(): readonly string[] {
    try {
      return readdirSync(this.directory, { recursive: true, encoding: 'utf8' }).filter((path) => {
        const pid = writerOf(path);
        return pid !== null && !isAlive(pid);
      });
    } catch (error) {
      this.tellOnce(error);
      return [];
    }
  }

  /** Returns the bytes of the file; null where there is none or it stays. */
  private remove(path: string): number | null {
    const file = join(this.directory, path);
    try {
      const size = statSync(file, { throwIfNoEntry: false })?.size;
      if (size === undefined) return null;
      rmSync(file, { force: true });
      return size;
    } catch (error) {
      this.tellOnce(error);
      return null;
    }
  }

  private tellOnce(error: unknown): void {
    if (!this.failed) this.tell(`a checkpoint that is of no more use could not be deleted: ${messageOf(error)}`);
    this.failed = true;
  }
}
