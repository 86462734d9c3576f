import { exitCode } from '../errors.js';
import type { StudyReport } from './reports.js';

/** How a study process has ended. */
export type Ending =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string };

/** What a supervisor knows of its study. */
export interface Course {
  readonly opened: Extract<StudyReport, { type: 'opening' }> | null;
  readonly working: boolean;
  readonly finished: number | null;
  /** The user has asked to stop. */
  readonly interrupted: boolean;
  /** Deaths in a row without anything finished in between. */
  readonly deaths: number;
}

export const newCourse: Course = { opened: null, working: false, finished: null, interrupted: false, deaths: 0 };

/** What a supervisor does after its study process has ended. */
export type Verdict =
  | { readonly type: 'exit'; readonly code: number }
  /** Start it again, after a wait. */
  | { readonly type: 'restart'; readonly afterSeconds: number }
  /** There is no time for that: put in place what stands. */
  | { readonly type: 'close' };

/** With less time than this a study process is not even ready to work. */
const shortestRestartSeconds = 1.5;
const longestWaitSeconds = 30;
/** A command that dies so often before it has a deadline, or after it, will do so again. */
const mostDeathsTimeless = 3;
/** A preparation that has died so often in a row and then fails will do so again. */
const mostDeathsPreparing = 3;

/** The course after one more report. */
export function hear(course: Course, report: StudyReport): Course {
  switch (report.type) {
    case 'opening':
      return { ...course, opened: report };
    case 'alive':
      return course;
    case 'working':
      return { ...course, working: true };
    case 'progress':
      return { ...course, deaths: 0 };
    case 'finished':
      return { ...course, finished: report.exitCode };
  }
}

/** The course after a death that is to be mended. */
export function mourn(course: Course): Course {
  return { ...course, deaths: course.deaths + 1 };
}

/**
 * What follows from the end of a study process. Exit codes of ours stand, but for failures whose cause may pass: of a study that was at work, its own or
 * what it was given; of one that was being prepared, its own, three times in a row. A process that was killed or has crashed is started again, at once
 * the first time, then after 1 s to 30 s.
 * @param secondsLeft until the deadline; Infinity where there is none, or where it had passed when the study was taken up.
 */
export function afterEnd(course: Course, ending: Ending, secondsLeft: number): Verdict {
  if (course.finished !== null) return { type: 'exit', code: course.finished };
  const { interrupted, deaths } = course;
  if (ending.kind === 'exit' && isFinal(ending.code, course)) return { type: 'exit', code: ending.code };
  if (interrupted) return { type: 'exit', code: exitCode.interrupted };
  if (!Number.isFinite(secondsLeft) && deaths >= mostDeathsTimeless) return { type: 'exit', code: exitCode.failed };
  const afterSeconds = deaths === 0 ? 0 : Math.min(longestWaitSeconds, 2 ** (deaths - 1));
  if (secondsLeft - afterSeconds >= shortestRestartSeconds) return { type: 'restart', afterSeconds };
  if (secondsLeft >= 2 * shortestRestartSeconds) {
    return { type: 'restart', afterSeconds: secondsLeft - 2 * shortestRestartSeconds };
  }
  return { type: 'close' };
}

function isFinal(code: number, { opened, working, deaths }: Course): boolean {
  switch (code) {
    case exitCode.done:
    case exitCode.interrupted:
    case exitCode.fallback:
      return true;
    // Once a study has been at work, data or a folder that are not there may come back.
    case exitCode.usage:
      return !working;
    // Too many open files, a disk that fails for a moment: the same as a signal would not end the study.
    case exitCode.failed:
      return !working && (opened === null || deaths >= mostDeathsPreparing);
    default:
      return false;
  }
}
