import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { testIdsOf } from '../data/pack/open.js';
import { messageOf } from '../errors.js';
import type { StudyState } from '../state/types.js';
import { requireComplete } from '../submission/place.js';
import { placeSubmission, type SubmissionRow, writeSubmission } from '../submission/submission.js';
import { studyPaths } from './paths.js';

/** A submission that stands. */
export interface Placed {
  readonly rows: number;
  readonly path: string;
  /** Why it does not stand in all places where it should; null where it does. */
  readonly problem: string | null;
}

/** The study's folder, what has happened, and what frees space in that folder when its disk is full. */
export interface Place {
  readonly directory: string;
  readonly state: StudyState;
  readonly makeRoom?: () => void;
}

/**
 * Puts predictions in place as the submission, atomically: as the copy in the study's folder, and where the user wants it. One of the two is
 * enough.
 * @throws Error when they are incomplete, or can be written in neither place.
 */
export function placeFrom(place: Place, predictions: string): Placed {
  const { data } = place.state;
  const rows = requireComplete(predictions, data ? testIdsOf(data.directory) : []);
  return { rows, ...put(place, (path) => placeSubmission(predictions, path)) };
}

/** The same with rows that stand nowhere yet. */
export function placeRows(place: Place, rows: readonly SubmissionRow[]): Placed {
  return { rows: rows.length, ...put(place, (path) => writeSubmission(path, rows)) };
}

function put({ directory, state, makeRoom }: Place, fill: (path: string) => void): Pick<Placed, 'path' | 'problem'> {
  const copy = join(directory, studyPaths.submission);
  const target = state.created?.submissionPath ?? null;
  let noCopy = failureOf(() => fill(copy));
  if (noCopy !== null && makeRoom) {
    makeRoom();
    noCopy = failureOf(() => fill(copy));
  }
  const noTarget = target === null ? noCopy : failureOf(() => fill(target));
  if (target !== null && noTarget === null) {
    if (noCopy === null) return { path: target, problem: null };
    // An older copy would replace the newer submission when the study is taken up again. Where it cannot even be deleted, that is impossible, too.
    failureOf(() => rmSync(copy, { force: true }));
    return { path: target, problem: `the copy ${copy} of the submission could not be written: ${messageOf(noCopy)}` };
  }
  if (noCopy !== null) throw noTarget;
  return { path: copy, problem: target === null ? null : standsIn(copy, target, noTarget) };
}

function standsIn(copy: string, target: string, failure: unknown): string {
  return `${target} could not be written: ${messageOf(failure)}; the submission stands in ${copy}, and this is tried again`;
}

/** What `work` throws; null where it succeeds. */
function failureOf(work: () => void): unknown {
  try {
    work();
    return null;
  } catch (error) {
    return error;
  }
}

/** Whether the newest submission stands in the study's folder alone although the user wants it elsewhere. */
export function isMisplaced({ created, submission }: StudyState): boolean {
  return created?.submissionPath != null && submission !== null && submission.path !== created.submissionPath;
}

/** What is known of a study: where its submission belongs; null where none is wanted. */
interface StudyOf {
  readonly created: { readonly submissionPath: string | null } | null;
}

/**
 * Puts a study's newest submission in place again: its copy in the study's folder outlives the working directory's.
 * @returns why it could not be put there; null where it was, or there is none.
 * @throws InputError where the folder that it belongs in is gone.
 */
export function restoreSubmission(directory: string, { created }: StudyOf): string | null {
  const copy = join(directory, studyPaths.submission);
  const target = created?.submissionPath;
  if (!target || !existsSync(copy)) return null;
  const failure = failureOf(() => placeSubmission(copy, target));
  if (failure === null) return null;
  if (!existsSync(dirname(target))) throw failure;
  return standsIn(copy, target, failure);
}
