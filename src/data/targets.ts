/** What images were mixed with, by image. */
export interface MixedLabels {
  /** Labels of the other images. */
  readonly others: Int32Array;
  /** The first images' shares of the mixtures, in [0, 1]. */
  readonly shares: Float32Array;
}

/** Rows from begin to end. */
export function mixedPart({ others, shares }: MixedLabels, begin: number, end: number): MixedLabels {
  return { others: others.subarray(begin, end), shares: shares.subarray(begin, end) };
}

/**
 * Target distributions with label smoothing (Szegedy et al., 2016): 1 − smoothing on the label, and smoothing spread evenly over all classes,
 * the label among them. Of a mixture of two images each label gets its image's share of the 1 − smoothing.
 *
 * @param smoothing in [0, 1)
 * @param mixed null where images are not mixed
 * @returns float32 [labels, classes]; each row sums to 1
 */
export function smoothedTargets(
  labels: Int32Array,
  classes: number,
  smoothing: number,
  mixed: MixedLabels | null = null,
): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  const add = (row: number, label: number, share: number): void => {
    if (label < 0 || label >= classes) throw new RangeError(`targets: expected a label below ${classes}, got ${label}`);
    const place = row * classes + label;
    targets[place] = (targets[place] ?? 0) + share * (1 - smoothing);
  };
  for (const [row, label] of labels.entries()) {
    const share = mixed === null ? 1 : (mixed.shares[row] ?? 1);
    add(row, label, share);
    if (mixed !== null && share < 1) add(row, mixed.others[row] ?? -1, 1 - share);
  }
  return targets;
}
