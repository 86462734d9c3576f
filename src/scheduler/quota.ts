/** How many of the trials that have ended in a rung may go on to the next; in order, rungs counted from 0. */
export type Quota = (rung: number, ended: number) => number;

/** Everywhere the best 1/eta. */
export const quotaOf =
  (eta: number): Quota =>
  (_, ended) =>
    Math.floor(ended / eta);

/** How well a rung ranks trials as another does, as far as is known. */
export interface Ranking {
  /** In [−1, 1]. */
  readonly correlation: number;
  /** That it was measured on. */
  readonly trials: number;
}

/** What is believed of the last promotion before any trial has told, and how many trials that counts for. */
const believed: Ranking = { correlation: 0.55, trials: 2 };

/** Below it, ranking is worth nothing, and all go on. */
export const worthlessCorrelation = 0.3;

/** Above it as few go on as the user wants. */
const trustedCorrelation = 0.7;

/**
 * Of how many that have ended in the last but one rung one is trained to the end: between 1 and eta, by how well that rung ranks.
 * Before that is known it is in between: the first trained to the end are those that tell.
 */
export function lastDivisor(eta: number, measured: Ranking | null): number {
  const { correlation, trials } = measured ?? { correlation: 0, trials: 0 };
  const belief = (correlation * trials + believed.correlation * believed.trials) / (trials + believed.trials);
  const trust = Math.min(1, Math.max(0, (belief - worthlessCorrelation) / (trustedCorrelation - worthlessCorrelation)));
  return 1 + (eta - 1) * trust;
}
