import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { exitCode } from '../errors.js';
import { type Closing, closeStudy } from '../study/close.js';
import { readJournal } from '../study/journal.js';
import { replay } from '../study/log.js';
import { studyPaths } from '../study/paths.js';

/** What a supervisor looks up in its study's folder, and does there, once the study process is gone. */

/** A study that a supervisor has opened: an older one may stand in the folder that was asked for, and is none of its business. */
export interface OpenedStudy {
  readonly directory: string;
  /** Tells studies apart. */
  readonly startedAtEpochSeconds: number;
}

/** Whether the study has been begun there. One whose first line cannot be read counts as begun: whoever goes on with it says what is wrong. */
export function hasStudy({ directory, startedAtEpochSeconds }: OpenedStudy): boolean {
  const path = join(directory, studyPaths.journal);
  if (!existsSync(path)) return false;
  const first = firstLine(path);
  try {
    const event = JSON.parse(first) as { readonly startedAtEpochSeconds?: unknown } | null;
    return event?.startedAtEpochSeconds === startedAtEpochSeconds;
  } catch {
    return true;
  }
}

/** Longer than the first line of any journal; all of one may be longer than a text can be. */
const firstLineBytes = 2 ** 16;

function firstLine(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(firstLineBytes);
    const [line = ''] = bytes.toString('utf8', 0, readSync(file, bytes)).split('\n', 1);
    return line;
  } finally {
    closeSync(file);
  }
}

/** The exit code that the study's journal ends with; null where it has not ended. */
export function recordedEnd(study: OpenedStudy): number | null {
  if (!hasStudy(study)) return null;
  const { directory } = study;
  const path = join(directory, studyPaths.journal);
  return replay(readJournal(path).events, path).finished?.exitCode ?? null;
}

/**
 * Ends a study that nobody works on any more.
 * @returns its exit code.
 */
export function close(study: OpenedStudy, closing: Closing): number {
  if (!hasStudy(study)) return exitCode.failed;
  return closeStudy(closing).finished?.exitCode ?? exitCode.failed;
}
