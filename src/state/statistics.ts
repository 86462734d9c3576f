/** 0 of nothing. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The standard deviation of a whole population; 0 of nothing. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** Pearson's, in [−1, 1]; 0 where one of both never varies. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const spread = deviation(a) * deviation(b);
  if (spread === 0) return 0;
  const together = mean(a.map((value, index) => (value - meanA) * ((b[index] ?? 0) - meanB)));
  return Math.min(1, Math.max(-1, together / spread));
}

/** Images of a share that is taken as it stands: it has no noise. */
export const countless = Number.MAX_SAFE_INTEGER;

/** Squared standard error of the share of so many images, an image of each kind added: none is ever certain. */
export function shareVariance(share: number, images: number): number {
  if (images === countless) return 0;
  const likely = (share * images + 1) / (images + 2);
  return (likely * (1 - likely)) / Math.max(1, images);
}
