import { readFileSync } from 'node:fs';
import { testIds } from '../tiny.js';

const labels = new Set(['red', 'green', 'blue', 'grey']);
const ids = new Set(testIds);

/** What is wrong with the submission that a reader finds right now; null where it is complete. */
export function problemOf(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return error.code;
  }
  const [header, ...rows] = text.split('\n');
  if (header !== 'image_id,label') return `header ${header}`;
  if (rows.pop() !== '') return 'the last line has no end';
  const seen = new Set();
  for (const row of rows) {
    const [id, label] = row.split(',');
    if (!ids.has(id) || !labels.has(label)) return `row ${row}`;
    seen.add(id);
  }
  return seen.size === ids.size && rows.length === ids.size ? null : `${rows.length} rows of ${seen.size} images`;
}
