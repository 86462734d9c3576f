import { shareVariance } from './statistics.js';

/** Errors below this are of no account: an image or two more or less. */
const smallestError = 0.005;

/**
 * Accuracy on a scale on which further training and better configurations add up: minus the logarithm of the error. Errors fall by factors; on
 * the scale of accuracies the many bad configurations would hide what tells the few good ones apart.
 */
export function worth(accuracy: number): number {
  return -Math.log(1 - accuracy + smallestError);
}

/** Variance of a worth that so many images have shown: binomial, carried over by the slope (delta method). */
export function worthVariance(accuracy: number, images: number): number {
  return shareVariance(accuracy, images) / (1 - accuracy + smallestError) ** 2;
}

/** The accuracy of a worth. */
export function accuracyOf(value: number): number {
  return 1 + smallestError - Math.exp(-value);
}
