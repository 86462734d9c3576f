import { messageOf } from '../errors.js';
import type { StudyEvent } from '../state/events.js';
import { type Journal, journalLines } from './journal.js';
import type { JournalFile } from './journal-file.js';

/** Events after which the journal is forced to disk: losing them would cost finished work. */
const durable: ReadonlySet<StudyEvent['type']> = new Set([
  'study-created',
  'space-chosen',
  'plan-made',
  'rung-finished',
  'search-ended',
  'final-started',
  'final-checkpoint',
  'final-predicted',
  'final-finished',
  'submission-written',
  'study-interrupted',
  'study-resumed',
  'study-finished',
]);

/** What waits for long is handed over in parts: an attempt that fails costs no more than one. */
const mostLinesAtOnce = 1000;

interface Line {
  readonly bytes: Buffer;
  /** Where the line begins in the file. */
  readonly position: number;
}

const endOf = ({ bytes, position }: Line): number => position + bytes.length;

/**
 * Appends a study's events to a file. What the file does not take stays in memory, in order, until it does: every line has its place from the
 * start and is written there, again where need be, so that whatever fails when, the file holds the first bytes of what was appended.
 */
export class JournalWriter implements Journal {
  problem: string | null = null;
  /** Lines that the file has not taken yet. */
  private waiting: Line[] = [];
  /** Lines that it has taken, but that have not been forced to disk. */
  private unsynced: Line[] = [];
  /** Where the next line begins. */
  private end: number;
  /** Bytes that the file may hold. */
  private length: number;
  private syncDue = false;
  private syncFailed = false;
  private isOpen = true;

  /**
   * @param bytes length of the file, which must end with a whole line.
   * @param path for messages.
   */
  constructor(
    private readonly file: JournalFile,
    bytes: number,
    private readonly path: string,
  ) {
    this.end = bytes;
    this.length = bytes;
  }

  append(...events: readonly StudyEvent[]): void {
    if (!this.isOpen) throw new Error(`${this.path}: expected an open journal, got a closed one`);
    for (const event of events) {
      const line = { bytes: Buffer.from(journalLines([event])), position: this.end };
      this.waiting.push(line);
      this.end = endOf(line);
      if (durable.has(event.type)) this.syncDue = true;
    }
    this.attempt(this.syncDue);
  }

  retry(): void {
    if (this.isOpen && this.problem !== null) this.attempt(true);
  }

  close(): void {
    if (!this.isOpen) return;
    this.attempt(true);
    this.isOpen = false;
    try {
      this.file.close();
    } catch (error) {
      this.problem ??= messageOf(error);
    }
  }

  /** Writes what waits and, with `sync`, forces everything to disk; keeps what went wrong in `problem`. */
  private attempt(sync: boolean): void {
    try {
      if (this.syncFailed && sync) {
        // After a failed fsync the system takes its pages for clean, lost or not: they are handed over again.
        this.waiting = [...this.unsynced, ...this.waiting];
        this.unsynced = [];
      }
      this.write();
      if (sync && this.unsynced.length > 0) this.sync();
      this.problem = this.syncFailed ? this.problem : null;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  private write(): void {
    while (this.waiting.length > 0) this.writeSome(this.waiting.slice(0, mostLinesAtOnce));
  }

  private writeSome(lines: readonly Line[]): void {
    const [first] = lines;
    if (!first) return;
    const bytes = Buffer.concat(lines.map((line) => line.bytes));
    let done = 0;
    try {
      while (done < bytes.length) {
        const taken = this.file.write(bytes.subarray(done), first.position + done);
        if (taken <= 0) throw new Error(`${this.path}: no byte was written`);
        done += taken;
      }
    } finally {
      const reached = first.position + done;
      this.length = Math.max(this.length, reached);
      const whole = lines.filter((line) => endOf(line) <= reached).length;
      this.unsynced.push(...this.waiting.splice(0, whole));
      this.cutTornLine();
    }
  }

  /** Cuts the file back to its last whole line. */
  private cutTornLine(): void {
    const torn = this.waiting.find((line) => line.position < this.length && endOf(line) > this.length);
    if (!torn) return;
    try {
      this.file.truncate(torn.position);
      this.length = torn.position;
    } catch {
      // It is written over when the file takes its line, and whoever reads leaves it out: the write's own error is what is told.
    }
  }

  private sync(): void {
    this.syncDue = false;
    this.syncFailed = true;
    this.file.sync();
    this.syncFailed = false;
    this.unsynced = [];
  }
}
