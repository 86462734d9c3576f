import { parseJournal } from '../../../dist/study/journal.js';
import { JournalWriter } from '../../../dist/study/journal-writer.js';

/** The process is gone: nothing it does from here on counts. */
export class Killed extends Error {}

/** What stands on the disk of a simulated study, whatever becomes of its processes. */
export class SimulatedDisk {
  /** Paths of predictions that are whole. */
  predictions = new Set();
  isFull = false;
  /** Bytes that the disk still takes before the process that writes them dies; null while it lives. */
  bytesUntilDeath = null;
  content = Buffer.alloc(1 << 16);
  length = 0;

  /** The journal as it stands. */
  read() {
    return parseJournal(this.content.subarray(0, this.length), 'journal.jsonl');
  }

  write(bytes, position) {
    if (this.isFull) throw new Error('ENOSPC: no space left on device, write');
    const taken = Math.min(bytes.length, this.bytesUntilDeath ?? bytes.length);
    while (position + taken > this.content.length) this.content = Buffer.concat([this.content, this.content]);
    this.content.set(bytes.subarray(0, taken), position);
    this.length = Math.max(this.length, position + taken);
    if (this.bytesUntilDeath !== null) throw new Killed('killed within a line');
    return taken;
  }

  sync() {}

  truncate(bytes) {
    if (this.bytesUntilDeath === null) this.length = bytes;
  }

  close() {}
}

/** The real journal on a simulated disk, whose process may die at any line of it: in the middle of the write, or right after it. */
export class MortalJournal {
  dead = false;

  /**
   * @param before called with the events of each write; `{torn}` says that the process dies of it when that part has been written.
   * @param after called with the events once they were handed over.
   */
  constructor(disk, before, after) {
    this.disk = disk;
    this.before = before;
    this.after = after;
    const { bytes } = disk.read();
    disk.bytesUntilDeath = null;
    disk.truncate(bytes);
    this.writer = new JournalWriter(disk, bytes, 'journal.jsonl');
  }

  get problem() {
    return this.writer.problem;
  }

  append(...events) {
    if (this.dead) throw new Killed('the process is dead');
    const fate = this.before(events);
    if (fate !== null) {
      this.dead = true;
      const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
      this.disk.bytesUntilDeath = Math.floor(Buffer.byteLength(text) * fate.torn);
    }
    this.writer.append(...events);
    if (this.dead) throw new Killed('killed at a journal write');
    this.after(events);
  }

  retry() {
    if (!this.dead) this.writer.retry();
  }

  close() {
    if (!this.dead) this.writer.close();
  }
}
