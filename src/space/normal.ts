/** Cells that [0, 1] is cut into; far finer than any spread in use. */
const cells = 512;

function weights(mean: number, spread: number): readonly number[] {
  const point = (cell: number): number => ((cell + 0.5) / cells - mean) / spread;
  return Array.from({ length: cells }, (_, cell) => Math.exp(-(point(cell) ** 2) / 2));
}

/**
 * A normal distribution cut off at 0 and 1, sampled with exactly one random number.
 *
 * @param mean in [0, 1]
 * @param spread its standard deviation before the cut, at least 0.01
 * @param uniform in [0, 1)
 */
export function truncatedNormal(mean: number, spread: number, uniform: number): number {
  const density = weights(mean, spread);
  let rest = uniform * density.reduce((sum, weight) => sum + weight, 0);
  for (const [cell, weight] of density.entries()) {
    if (rest < weight) return (cell + rest / weight) / cells;
    rest -= weight;
  }
  return 1;
}

/** Its density on [0, 1]. */
export function truncatedNormalDensity(mean: number, spread: number): (point: number) => number {
  const mass = weights(mean, spread).reduce((sum, weight) => sum + weight, 0) / cells;
  return (point) => Math.exp(-(((point - mean) / spread) ** 2) / 2) / mass;
}
