import type { PackedDataset } from '../data/types.js';
import { writeSubmission } from '../submission/submission.js';

/** Writes the predicted class of every test image as `image_id,label` lines, atomically. */
export function writePredictions(path: string, pack: PackedDataset, classes: Int32Array): void {
  const rows = pack.splits.test.ids.map((id, image) => {
    const label = pack.classes[classes[image] ?? -1];
    if (label === undefined) throw new Error(`test image ${id} has no predicted class`);
    return { id, label };
  });
  writeSubmission(path, rows);
}
