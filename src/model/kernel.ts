const root = Math.sqrt(5);

/** The Matérn covariance with smoothness 5/2 of unit variance, by the squared scaled distance. */
export function matern(squaredDistance: number): number {
  const scaled = root * Math.sqrt(squaredDistance);
  return (1 + scaled + scaled ** 2 / 3) * Math.exp(-scaled);
}

/** Minus twice its derivative by the squared distance: what a length scale's logarithm pulls by. */
export function maternSlope(squaredDistance: number): number {
  const scaled = root * Math.sqrt(squaredDistance);
  return (5 / 3) * (1 + scaled) * Math.exp(-scaled);
}
