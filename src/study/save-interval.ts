/** What a kill may cost at the most: this part of the budget, and so many seconds, of all slots together. */
const lostShare = 0.02;
const mostLostSeconds = 60;
/** The last step, and noticing that it is time. */
const margin = 0.8;
/** More often is not worth the writing. */
const shortestSeconds = 2;

/**
 * How often a training saves, so that whoever kills the study takes no more training from it than may be lost.
 * @param slots trainings at a time.
 * @returns seconds, at least 2.
 */
export function saveEverySeconds(budgetSeconds: number, slots: number): number {
  const most = Math.min(mostLostSeconds, lostShare * budgetSeconds);
  return Math.max(shortestSeconds, (margin * most) / slots);
}
