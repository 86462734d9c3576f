import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** What a journal needs of the file system; each call throws its error. */
export interface JournalFile {
  /** Writes bytes at a position; returns how many the file took, which may be fewer. */
  write(bytes: Uint8Array, position: number): number;
  /** Forces to disk what was written. */
  sync(): void;
  truncate(bytes: number): void;
  close(): void;
}

/**
 * Opens a file of the file system.
 * @param isNew whether it must not exist yet; otherwise it must.
 * @throws Error from the file system.
 */
export function openJournalFile(path: string, isNew: boolean): JournalFile {
  const file = openSync(path, isNew ? 'wx' : 'r+');
  return {
    write: (bytes, position) => writeSync(file, bytes, 0, bytes.length, position),
    sync: () => fsyncSync(file),
    truncate: (bytes) => ftruncateSync(file, bytes),
    close: () => closeSync(file),
  };
}
