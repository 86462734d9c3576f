import { copyFileAtomic, writeFileAtomic } from '../atomic-file.js';
import { formatCsvRow, parseCsv } from '../csv.js';
import { InputError } from '../errors.js';
import { readInputFile } from '../input-file.js';

/** The prediction for one test image. */
export interface SubmissionRow {
  /** Id of the image: its file name up to the first dot, or without its ending. */
  readonly id: string;
  /** Class as written in the source of the data set. */
  readonly label: string;
}

/** How a submission differs from one row for each test image; all zero but `rows` when it is complete. */
export interface SubmissionCheck {
  readonly rows: number;
  /** Test images without a row. */
  readonly missing: number;
  /** Rows for something that is no test image. */
  readonly unknown: number;
  /** Rows whose image had a row before. */
  readonly duplicates: number;
}

/** What a submission scores against the true labels. */
export interface SubmissionScore {
  /** correct / (rows + missing), in [0, 1]. */
  readonly top1: number;
  readonly rows: number;
  readonly correct: number;
  /** Labelled images without a row; they count as wrong. */
  readonly missing: number;
}

/**
 * Writes a submission with the header `image_id,label`, atomically.
 * @throws InputError when the path cannot be written.
 */
export function writeSubmission(path: string, rows: readonly SubmissionRow[]): void {
  writeFileAtomic(
    path,
    formatCsvRow(['image_id', 'label']) + rows.map((row) => formatCsvRow([row.id, row.label])).join(''),
  );
}

/**
 * Puts a submission that stands somewhere else in place, atomically.
 * @throws InputError when `to` cannot be written or `from` cannot be read.
 */
export function placeSubmission(from: string, to: string): void {
  copyFileAtomic(from, to);
}

/**
 * Compares the rows of a submission with the test images.
 * @throws InputError with file and line when the file is missing or malformed.
 */
export function checkSubmission(path: string, ids: readonly string[]): SubmissionCheck {
  const rows = readLabels(path, ['label']);
  const expected = new Set(ids);
  const seen = new Set(rows.map((row) => row.id));
  const unknown = [...seen].filter((id) => !expected.has(id)).length;
  return {
    rows: rows.length,
    missing: expected.size - (seen.size - unknown),
    unknown: rows.filter((row) => !expected.has(row.id)).length,
    duplicates: rows.length - seen.size,
  };
}

/**
 * The submission that needs no model: every image gets the most frequent class of the training images, the first one among equals.
 * @param trainLabels indices into `classes`; others are passed over.
 */
export function classPriorSubmission(
  ids: readonly string[],
  classes: readonly string[],
  trainLabels: Int32Array,
): readonly SubmissionRow[] {
  const counts = new Array<number>(classes.length).fill(0);
  for (const label of trainLabels) {
    const count = counts[label];
    if (count !== undefined) counts[label] = count + 1;
  }
  const label = classes[counts.indexOf(Math.max(...counts))];
  if (label === undefined) throw new InputError('the data set', 'at least one class', 'none', 'a data set with labels');
  return ids.map((id) => ({ id, label }));
}

/**
 * Scores a submission against a file of true labels (`image_id,class` or `image_id,label`), matched by id; rows may stand in any order.
 * @throws InputError with file and line when a file is missing or malformed, or an id stands twice or is not among the labels.
 */
export function scoreSubmission(submissionPath: string, labelsPath: string): SubmissionScore {
  const labels = readLabels(labelsPath, ['class', 'label']);
  const rows = readLabels(submissionPath, ['label']);
  const truth = uniqueById(labels, labelsPath);
  uniqueById(rows, submissionPath);
  let correct = 0;
  for (const { id, label, line } of rows) {
    const expected = truth.get(id);
    if (expected === undefined) {
      throw new InputError(
        `${submissionPath}:${line}`,
        `an image_id of ${labelsPath}`,
        id,
        'the labels of this test set',
      );
    }
    if (expected === label) correct++;
  }
  return { top1: correct / labels.length, rows: rows.length, correct, missing: labels.length - rows.length };
}

interface LabelRow extends SubmissionRow {
  readonly line: number;
}

function readLabels(path: string, secondColumn: readonly string[]): readonly LabelRow[] {
  const [header, ...rows] = parseCsv(readText(path), path);
  const expected = secondColumn.map((name) => `image_id,${name}`).join(' or ');
  const second = header?.fields[1];
  if (header?.fields[0] !== 'image_id' || header.fields.length !== 2 || !secondColumn.includes(second ?? '')) {
    throw new InputError(
      `${path}:${header?.line ?? 1}`,
      `the header ${expected}`,
      header === undefined ? 'an empty file' : header.fields.join(','),
      'a CSV file with that header',
    );
  }
  if (rows.length === 0)
    throw new InputError(path, 'rows below the header', 'none', 'a file that was written to its end');
  return rows.map(({ line, fields }) => {
    const [id = '', label = ''] = fields;
    if (fields.length !== 2 || id === '' || label === '') {
      throw new InputError(`${path}:${line}`, `image_id,${second}`, fields.join(','), 'one id and one class a line');
    }
    return { id, label, line };
  });
}

function readText(path: string): string {
  return readInputFile({ path, expected: 'a CSV file', tryThis: 'the path of an existing file' }).toString('utf8');
}

function uniqueById(rows: readonly LabelRow[], path: string): ReadonlyMap<string, string> {
  const byId = new Map<string, string>();
  for (const { id, label, line } of rows) {
    if (byId.has(id))
      throw new InputError(`${path}:${line}`, 'each image_id once', `${id} again`, 'removing one of them');
    byId.set(id, label);
  }
  return byId;
}
