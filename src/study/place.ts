import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openPack } from '../data/pack/open.js';
import type { StudyState } from '../state/types.js';
import { placePredictions } from '../submission/place.js';
import { placeSubmission } from '../submission/submission.js';
import { studyPaths } from './paths.js';

/**
 * Puts predictions in place as the submission, atomically: first as the copy in the study's folder, then where the user wants it.
 * @returns the rows.
 * @throws Error when they are incomplete, or cannot be written.
 */
export function placeFrom(directory: string, { created, data }: StudyState, predictions: string): number {
  const ids = data ? openPack(data.directory).splits.test.ids : [];
  const copy = join(directory, studyPaths.submission);
  const rows = placePredictions(predictions, ids, copy);
  if (created?.submissionPath) placeSubmission(copy, created.submissionPath);
  return rows;
}

/** Puts a study's newest submission in place again: its copy in the study's folder outlives the working directory's. */
export function restoreSubmission(directory: string, state: StudyState): boolean {
  const copy = join(directory, studyPaths.submission);
  const target = state.created?.submissionPath;
  if (!target || !existsSync(copy)) return false;
  placeSubmission(copy, target);
  return true;
}
