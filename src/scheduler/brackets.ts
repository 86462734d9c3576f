/** One rung of a bracket: how many trials reach it and the resource each has spent at its end. */
export interface RungPlan {
  readonly trials: number;
  readonly resource: number;
}

/** The rungs of one run of successive halving, lowest first. */
export type BracketPlan = readonly RungPlan[];

/** Most trials that a bracket may start: more than anybody wants to see, and than playing a plan through takes in seconds. */
export const mostTrials = 1024;

/**
 * The largest s with min · eta^s <= max. An integer loop: floor(log(max / min) / log(eta)) loses a bracket for (10, 1000) and others, because
 * the logarithms are rounded.
 * @param isWhole resources are rounded to whole numbers: the largest s whose rung still is at least min then, and below the rung above it.
 * @throws RangeError unless 0 < min <= max and eta is an integer >= 2.
 */
export function largestHalving(min: number, max: number, eta: number, isWhole = false): number {
  if (!(min > 0) || !(max >= min) || !Number.isInteger(eta) || eta < 2 || !Number.isFinite(max)) {
    throw new RangeError(
      `brackets: expected 0 < min <= max and an integer eta >= 2, got min ${min}, max ${max}, eta ${eta}`,
    );
  }
  let halvings = 0;
  if (isWhole) {
    const at = (halving: number) => resourceAt(max, eta, halving, true);
    while (at(halvings + 1) >= min && at(halvings + 1) < at(halvings)) halvings++;
    return halvings;
  }
  // A relative tolerance of a few units in the last place: min and max may come from a division.
  for (let resource = min * eta; resource <= max * (1 + 1e-12); resource *= eta) halvings++;
  return halvings;
}

/** Resource of the rung so many halvings below the top; a whole one is at least 1. */
function resourceAt(max: number, eta: number, halvings: number, isWhole: boolean): number {
  const resource = max / eta ** halvings;
  return isWhole ? Math.max(1, Math.round(resource)) : resource;
}

/** One bracket with `trials` at the bottom and `halvings` further rungs, the top one at resource `max`. */
function bracket(trials: number, halvings: number, max: number, eta: number, isWhole: boolean): BracketPlan {
  const rungs: RungPlan[] = [];
  let size = trials;
  for (let rung = 0; rung <= halvings && size > 0; rung++) {
    rungs.push({ trials: size, resource: resourceAt(max, eta, halvings - rung, isWhole) });
    size = Math.floor(size / eta);
  }
  return rungs;
}

/**
 * The brackets of one round of Hyperband, the most aggressive first (Li et al. 2018, algorithm 1, not its example table): for s from the
 * largest to 0, n = ceil((s_max + 1) · eta^s / (s + 1)) trials start at resource max · eta^−s.
 * For max = 81, min = 1, eta = 3 they start 81, 34, 15, 8 and 5 trials.
 * @param isWhole see `largestHalving`.
 */
export function hyperbandBrackets(min: number, max: number, eta: number, isWhole = false): readonly BracketPlan[] {
  const largest = largestHalving(min, max, eta, isWhole);
  const brackets: BracketPlan[] = [];
  for (let s = largest; s >= 0; s--) {
    brackets.push(bracket(Math.ceil(((largest + 1) * eta ** s) / (s + 1)), s, max, eta, isWhole));
  }
  return brackets;
}

/** The single bracket of successive halving (Jamieson & Talwalkar 2016): eta^s trials at max · eta^−s, one left at max. */
export function successiveHalvingBracket(min: number, max: number, eta: number, isWhole = false): BracketPlan {
  const halvings = largestHalving(min, max, eta, isWhole);
  return bracket(eta ** halvings, halvings, max, eta, isWhole);
}
