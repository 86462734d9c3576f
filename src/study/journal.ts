import { existsSync } from 'node:fs';
import { InputError, messageOf } from '../errors.js';
import { readInputFile } from '../input-file.js';
import { type StudyEvent, studyEvent } from '../state/events.js';
import { openJournalFile } from './journal-file.js';
import { JournalWriter } from './journal-writer.js';

/** Where a study's events are appended, one line each, before anybody acts on them. */
export interface Journal {
  /**
   * Several events are written in one go: all or, after a crash, a prefix. What the disk does not take waits in memory and is tried again with
   * every later append.
   */
  append(...events: readonly StudyEvent[]): void;
  /** Tries again to write what waits in memory; nothing where the disk has taken everything. */
  retry(): void;
  /** Why events wait in memory instead of standing on disk; null where they all stand there. */
  readonly problem: string | null;
  /** Tries a last time; `problem` says afterwards whether events were lost, and why. */
  close(): void;
}

export interface JournalContent {
  readonly events: readonly StudyEvent[];
  /** Bytes of whole lines; what follows is a torn last line. */
  readonly bytes: number;
  /** Bytes of the torn last line, 0 for none. */
  readonly tornBytes: number;
}

/** Events as a journal holds them. */
export function journalLines(events: readonly StudyEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/** What can be read in one go. */
const mostBytes = 2 ** 31 - 1;

/** Reads the journal at `path`, as `parseJournal` does. @throws InputError when there is none, or as `parseJournal`. */
export function readJournal(path: string): JournalContent {
  const expected = 'the journal of a study';
  const tryThis = 'the folder of a study, such as results/NAME';
  if (!existsSync(path)) throw new InputError(path, expected, 'no such file', tryThis);
  return parseJournal(readInputFile({ path, expected, tryThis, mostBytes }), path);
}

/**
 * The events of a journal. A last line without its newline, or that is no JSON, was torn by a crash and is left out.
 * @param path names the journal in errors.
 * @throws InputError when a line other than the last is not an event.
 */
export function parseJournal(content: Buffer, path: string): JournalContent {
  const events: StudyEvent[] = [];
  let start = 0;
  for (let line = 1; start < content.length; line++) {
    const newline = content.indexOf(0x0a, start);
    if (newline < 0) break;
    const event = parseEvent(content.toString('utf8', start, newline));
    if ('problem' in event) {
      // What is whole JSON was not torn: another version wrote it.
      if (event.isTorn && newline === content.length - 1) break;
      throw new InputError(
        `${path}:${line}:1`,
        'an event of a study',
        event.problem,
        'a copy of the journal from before it was changed',
      );
    }
    events.push(event);
    start = newline + 1;
  }
  return { events, bytes: start, tornBytes: content.length - start };
}

function parseEvent(line: string): StudyEvent | { readonly problem: string; readonly isTorn: boolean } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { problem: messageOf(error), isTorn: true };
  }
  const parsed = studyEvent.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return { problem: `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'something else'}`.trim(), isTorn: false };
}

/**
 * Opens a journal for appending.
 * @param keepBytes what to keep of an existing file: the rest is a torn line; null for a new file.
 * @throws Error from the file system.
 */
export function openJournal(path: string, keepBytes: number | null, openFile = openJournalFile): Journal {
  const file = openFile(path, keepBytes === null);
  if (keepBytes !== null) file.truncate(keepBytes);
  return new JournalWriter(file, keepBytes ?? 0, path);
}
