import { checkSubmission } from './submission.js';

/**
 * Checks that predictions have exactly one row for each test image.
 * @returns the number of rows.
 * @throws Error when they are incomplete: what stands in place is better.
 */
export function requireComplete(predictions: string, ids: readonly string[]): number {
  const { rows, missing, unknown, duplicates } = checkSubmission(predictions, ids);
  if (missing + unknown + duplicates > 0) {
    throw new Error(
      `${predictions}: expected one row for each of ${ids.length} test images, got ${rows} rows with ${missing} missing, ${unknown} unknown and ${duplicates} doubled; try an earlier submission`,
    );
  }
  return rows;
}
