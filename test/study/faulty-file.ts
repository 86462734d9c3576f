import type { JournalFile } from '../../src/study/journal-file.js';

/** What the disk does with the next call; `takes`: bytes of a write that it takes before it fails. */
export type Answer = 'ok' | 'fail' | { readonly takes: number };

/**
 * A file whose pages reach the disk with fsync alone. After a failed fsync the pages that were written since the last good one are lost, and the
 * system says no more of it.
 */
export class FaultyFile implements JournalFile {
  private content: Buffer = Buffer.alloc(0);
  private dirty: { readonly bytes: Buffer; readonly position: number }[] = [];
  private disk: Buffer = Buffer.alloc(0);
  answers: Answer[] = [];
  /** Takes the beginning of a write, and nothing after that. */
  isFull = false;
  private hasTaken = false;

  private next(): Answer {
    const answer = this.answers.shift();
    if (answer !== undefined || !this.isFull) return answer ?? 'ok';
    this.hasTaken = !this.hasTaken;
    return this.hasTaken ? { takes: 5 } : 'fail';
  }

  write(bytes: Uint8Array, position: number): number {
    const answer = this.next();
    if (answer === 'fail') throw new Error('ENOSPC: no space left on device');
    const part = Buffer.from(bytes).subarray(0, answer === 'ok' ? bytes.length : answer.takes);
    this.content = overlay(this.content, part, position);
    this.dirty.push({ bytes: part, position });
    return part.length;
  }

  sync(): void {
    const lost = this.next() !== 'ok';
    for (const { bytes, position } of this.dirty.splice(0)) {
      // A page that was lost reads as zeros after the power is back.
      this.disk = overlay(this.disk, lost ? Buffer.alloc(bytes.length) : bytes, position);
    }
    if (lost) throw new Error('EIO: i/o error');
  }

  truncate(bytes: number): void {
    if (this.next() === 'fail') throw new Error('EIO: i/o error');
    this.content = this.content.subarray(0, bytes);
    this.disk = this.disk.subarray(0, bytes);
    this.dirty = this.dirty.map((write) => ({
      ...write,
      bytes: write.bytes.subarray(0, Math.max(0, bytes - write.position)),
    }));
  }

  close(): void {
    if (this.next() === 'fail') throw new Error('EIO: i/o error');
  }

  get seen(): string {
    return this.content.toString('latin1');
  }

  get onDisk(): string {
    return this.disk.toString('latin1');
  }
}

function overlay(content: Buffer, bytes: Buffer, position: number): Buffer {
  const result = Buffer.alloc(Math.max(content.length, position + bytes.length));
  content.copy(result);
  bytes.copy(result, position);
  return result;
}
