/**
 * Target distributions with label smoothing (Szegedy et al., 2016): 1 − smoothing on the label, and smoothing spread evenly over all classes,
 * the label among them.
 *
 * @param smoothing in [0, 1)
 * @param out receives the rows; default: a new array
 * @returns float32 [labels, classes]; each row sums to 1
 */
export function smoothedTargets(
  labels: Int32Array,
  classes: number,
  smoothing: number,
  out: Float32Array = new Float32Array(labels.length * classes),
): Float32Array {
  if (out.length !== labels.length * classes) {
    throw new RangeError(`targets: expected room for ${labels.length * classes} values, got ${out.length}`);
  }
  const rest = smoothing / classes;
  out.fill(rest);
  for (const [row, label] of labels.entries()) {
    if (label < 0 || label >= classes) throw new RangeError(`targets: expected a label below ${classes}, got ${label}`);
    out[row * classes + label] = 1 - smoothing + rest;
  }
  return out;
}
