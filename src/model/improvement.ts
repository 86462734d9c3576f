import { normalDensity, normalDistribution } from '../space/normal.js';

/**
 * By how much a normal variable is expected to exceed a threshold (Mockus 1978), >= 0.
 * @param deviation >= 0
 */
export function expectedImprovement(mean: number, deviation: number, threshold: number): number {
  if (deviation <= 0) return Math.max(0, mean - threshold);
  const z = (mean - threshold) / deviation;
  // Far below, the two terms cancel: their difference by its expansion.
  if (z < -8) return (deviation * normalDensity(z)) / z ** 2;
  return (mean - threshold) * normalDistribution(z) + deviation * normalDensity(z);
}
