/** Density of the standard normal distribution. */
export function normalDensity(z: number): number {
  return Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * Its distribution function. By the complementary error function's continued fraction in the tails and its series in between, so that far tails
 * keep their relative precision (about 1e-13): a far candidate's improvement is small, not zero.
 */
export function normalDistribution(z: number): number {
  if (z > 0) return 1 - normalDistribution(-z);
  return z < -3 ? upperTail(-z) : 0.5 - seriesFromZero(-z);
}

/** P(Z > z), z > 0: Lentz's evaluation of Laplace's continued fraction, from its far end. */
function upperTail(z: number): number {
  let fraction = z;
  for (let term = 120; term >= 1; term--) fraction = z + term / fraction;
  return normalDensity(z) / fraction;
}

/** P(0 < Z < z) for moderate z (Marsaglia 2004). */
function seriesFromZero(z: number): number {
  let [sum, term] = [z, z];
  for (let index = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && index < 200; index += 2) {
    term *= z ** 2 / index;
    sum += term;
  }
  return sum * normalDensity(z);
}

/** The z below which a normal variable is with a probability in (0, 1): Acklam's rational approximation (2003), mended by one step of Halley's method. */
export function normalQuantile(probability: number): number {
  if (probability > 0.5) return -normalQuantile(1 - probability);
  const guess = probability < 0.02425 ? tailQuantile(probability) : centralQuantile(probability);
  const error = (normalDistribution(guess) - probability) / normalDensity(guess);
  return guess - error / (1 + (guess * error) / 2);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}

const tail = {
  above: [
    -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  below: [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1],
} as const;

const centre = {
  above: [
    -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
    2.506628277459239,
  ],
  below: [
    -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1,
  ],
} as const;

function tailQuantile(probability: number): number {
  const q = Math.sqrt(-2 * Math.log(probability));
  return polynomial(tail.above, q) / polynomial(tail.below, q);
}

function centralQuantile(probability: number): number {
  const q = probability - 0.5;
  return (q * polynomial(centre.above, q ** 2)) / polynomial(centre.below, q ** 2);
}

/** Probabilities from which quantiles can still be computed. */
const leastProbability = 1e-300;

/**
 * A normal distribution cut off at 0 and 1, sampled with exactly one random number.
 *
 * @param mean in [0, 1]
 * @param spread its standard deviation before the cut, > 0
 * @param uniform in [0, 1)
 */
export function truncatedNormal(mean: number, spread: number, uniform: number): number {
  const low = normalDistribution(-mean / spread);
  const inside = normalDistribution((1 - mean) / spread) - low;
  const probability = Math.min(1 - Number.EPSILON, Math.max(leastProbability, low + uniform * inside));
  return Math.min(1, Math.max(0, mean + spread * normalQuantile(probability)));
}

/**
 * Its density on [0, 1].
 *
 * @param spread > 0
 */
export function truncatedNormalDensity(mean: number, spread: number): (point: number) => number {
  const inside = normalDistribution((1 - mean) / spread) - normalDistribution(-mean / spread);
  return (point) => normalDensity((point - mean) / spread) / (spread * inside);
}
