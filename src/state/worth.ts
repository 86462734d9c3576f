/** Errors below this are of no account: an image or two more or less. */
const smallestError = 0.005;

/**
 * Accuracy on a scale on which further training and better configurations add up: minus the logarithm of the error. Errors fall by factors; on
 * the scale of accuracies the many bad configurations would hide what tells the few good ones apart.
 */
export function worth(accuracy: number): number {
  return -Math.log(1 - accuracy + smallestError);
}

/** The accuracy of a worth. */
export function accuracyOf(value: number): number {
  return 1 + smallestError - Math.exp(-value);
}
