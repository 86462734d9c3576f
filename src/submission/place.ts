import { checkSubmission, placeSubmission } from './submission.js';

/**
 * Puts predictions in place as a submission, atomically, after checking that each test image has exactly one row.
 * @returns the number of rows.
 * @throws Error when the predictions are incomplete: what stands in place is better.
 */
export function placePredictions(predictions: string, ids: readonly string[], target: string): number {
  const { rows, missing, unknown, duplicates } = checkSubmission(predictions, ids);
  if (missing + unknown + duplicates > 0) {
    throw new Error(
      `${predictions}: expected one row for each of ${ids.length} test images, got ${rows} rows with ${missing} missing, ${unknown} unknown and ${duplicates} doubled; try an earlier submission`,
    );
  }
  placeSubmission(predictions, target);
  return rows;
}
