import { join } from 'node:path';
import type { StudyState } from '../state/types.js';
import { systemClock } from './clock.js';
import { finishLate } from './finish-late.js';
import { openJournal, readJournal } from './journal.js';
import { takeLock } from './lock.js';
import { replay, StudyLog } from './log.js';
import { studyPaths } from './paths.js';
import { restoreSubmission } from './place.js';

export interface Closing {
  readonly directory: string;
  /** Where the submission belongs; null where none is wanted. */
  readonly submissionPath: string | null;
  readonly reason: string;
  /** The study's process, where it was killed and may not be quite gone. */
  readonly killed?: number | null;
}

/**
 * Ends a study whose process is gone, when there is no time to go on with it: its newest submission is put in place, first of all, and the journal
 * closed. One that has finished stays as it is.
 * @throws InputError where there is no journal or another process works on the study; Error from the file system.
 */
export function closeStudy({ directory, submissionPath, reason, killed = null }: Closing): StudyState {
  const problem = restoreSubmission(directory, { created: { submissionPath } });
  const unlock = takeLock(join(directory, studyPaths.lock), 'a study', killed);
  try {
    const path = join(directory, studyPaths.journal);
    const { events, bytes } = readJournal(path);
    const state = replay(events);
    if (state.created === null || state.finished !== null) return state;
    const journal = openJournal(path, bytes);
    try {
      const log = new StudyLog(journal, state);
      const clock = systemClock(state.created, state.at);
      if (problem !== null) log.record({ type: 'told', at: clock.nowSeconds(), message: problem });
      return finishLate({ directory, log, clock }, reason);
    } finally {
      journal.close();
    }
  } finally {
    unlock();
  }
}
