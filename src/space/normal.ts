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

/**
 * Its density on [0, 1].
 *
 * @param spread > 0
 */
export function truncatedNormalDensity(mean: number, spread: number): (point: number) => number {
  const inside = normalDistribution((1 - mean) / spread) - normalDistribution(-mean / spread);
  const factor = 1 / (spread * Math.sqrt(2 * Math.PI) * inside);
  return (point) => factor * Math.exp(-(((point - mean) / spread) ** 2) / 2);
}

/** Distribution function of the standard normal distribution, to 1e-7 (Abramowitz & Stegun 26.2.17). */
function normalDistribution(z: number): number {
  if (z < 0) return 1 - normalDistribution(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (series * Math.exp(-(z ** 2) / 2)) / Math.sqrt(2 * Math.PI);
}
