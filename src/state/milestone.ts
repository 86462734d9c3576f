/**
 * The last count, up to this one, at which something costly is made anew from results: each of the first few, then whenever a fifth more are there.
 * @param few from so many results on.
 */
export function milestone(count: number, few: number): number {
  let reached = Math.min(count, few);
  while (Math.ceil(reached * 1.2) <= count && reached > 0) reached = Math.ceil(reached * 1.2);
  return reached;
}
