/**
 * Writes the class probabilities of `logits`, float32 [count, classes], into `target` from `offset` on. Each row's highest logit is taken off
 * before its exponentials, so that none of them overflows.
 */
export function softmaxInto(logits: Float32Array, classes: number, target: Float32Array, offset: number): void {
  for (let row = 0; row < logits.length; row += classes) {
    const values = logits.subarray(row, row + classes);
    let highest = Number.NEGATIVE_INFINITY;
    for (const value of values) highest = Math.max(highest, value);
    let sum = 0;
    for (const value of values) sum += Math.exp(value - highest);
    for (const [column, value] of values.entries()) target[offset + row + column] = Math.exp(value - highest) / sum;
  }
}
