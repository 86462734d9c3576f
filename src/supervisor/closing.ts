import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exitCode } from '../errors.js';
import { type Closing, closeStudy } from '../study/close.js';
import { readJournal } from '../study/journal.js';
import { replay } from '../study/log.js';
import { studyPaths } from '../study/paths.js';

/** What a supervisor looks up in its study's folder, and does there, once the study process is gone. */

/** Whether a study has been begun there. */
export function hasStudy(directory: string): boolean {
  return existsSync(join(directory, studyPaths.journal));
}

/** The exit code that a study's journal ends with; null where it has not ended. */
export function recordedEnd(directory: string): number | null {
  if (!hasStudy(directory)) return null;
  return replay(readJournal(join(directory, studyPaths.journal)).events).finished?.exitCode ?? null;
}

/**
 * Ends a study that nobody works on any more.
 * @returns its exit code.
 */
export function close(closing: Closing): number {
  return closeStudy(closing).finished?.exitCode ?? exitCode.failed;
}
