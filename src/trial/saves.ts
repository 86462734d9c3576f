import { dirname } from 'node:path';
import { InputError, messageOf } from '../errors.js';
import { makeFolder } from '../folder.js';
import type { TrialContext } from './context.js';

/** Waits for the study to make room, in seconds; one more try after each. */
const waits = [0.5, 2];

/** Writing takes at most this part of training: an interval is stretched until it does. */
const writingShare = 0.02;

/** Whether the disk, or what stands in the file's place, is at fault, and not what was to be written. */
function isDiskProblem(error: unknown): boolean {
  if (error instanceof InputError) return true;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && 'syscall' in cause) return true;
  }
  return false;
}

/** What a trial process writes: when it is time for it, what that takes, and going on without where the disk does not take it. */
export class Saves {
  private savedAt: number;
  /** Of the last write that came to its end. */
  private writeSeconds = 0;
  private spentSeconds = 0;

  /** @param everySeconds between two saves on the way, at the least. */
  constructor(
    private readonly context: Pick<TrialContext, 'now' | 'report' | 'expect' | 'pause'>,
    private readonly everySeconds: number,
  ) {
    this.savedAt = context.now();
  }

  /** Seconds spent writing so far. */
  get seconds(): number {
    return this.spentSeconds;
  }

  /** Whether it is time to save on the way. */
  get isDue(): boolean {
    return this.passedIntervals >= 1;
  }

  /** Whether a save on the way has been due for as long as there is between two. */
  get isOverdue(): boolean {
    return this.passedIntervals >= 2;
  }

  private get passedIntervals(): number {
    const interval = Math.max(this.everySeconds, this.writeSeconds / writingShare);
    return (this.context.now() - this.savedAt) / interval;
  }

  /**
   * Writes a file, and tries again where the disk does not take it, after the study has been told and has had time to make room.
   * @param write makes the content and writes it, the whole file or nothing.
   * @param waitUntil no wait goes on past this instant: 0 for what a later write makes up for, which is tried once.
   * @returns whether the file stands.
   * @throws what `write` throws for other reasons than the disk.
   */
  async write(path: string, write: () => void | Promise<void>, waitUntil: number): Promise<boolean> {
    const { context } = this;
    const startedAt = context.now();
    try {
      for (const wait of [...waits, Number.POSITIVE_INFINITY]) {
        context.expect(null);
        const triedAt = context.now();
        try {
          makeFolder(dirname(path));
          await write();
          this.writeSeconds = context.now() - triedAt;
          return true;
        } catch (error) {
          if (!isDiskProblem(error)) throw error;
          context.report({ type: 'write-failed', path, message: messageOf(error) });
          if (context.now() + wait > waitUntil) return false;
          await context.pause(wait);
        }
      }
      return false;
    } finally {
      this.savedAt = context.now();
      this.spentSeconds += this.savedAt - startedAt;
    }
  }
}
