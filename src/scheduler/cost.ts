import type { Anneal } from '../space/types.js';

/** One step of a trial up its bracket: from the rung it stands on to the next. */
export interface RungStep {
  /** Resource of the rung below; 0 for the first rung. */
  readonly from: number;
  /** Resource of this rung, greater than `from`. */
  readonly to: number;
  readonly anneal: Anneal;
  /** Part of a rung that cools down, in (0, 1]; only with `trunk`. */
  readonly cooldown: number;
}

/** The two parts of a rung's training, in its resource unit. */
export interface RungParts {
  /** Constant-rate training that later rungs build on; 0 with `restart`. */
  readonly trunk: number;
  /** Training whose learning rate ends at zero and that no later rung uses. */
  readonly annealed: number;
}

/**
 * What a rung trains. With `trunk`, rung r stands at (1 − c)·r of the trunk when its cooldown of c·r branches off (Hägele et al. 2024), so
 * a promotion r → r′ trains (1 − c)(r′ − r) of trunk and then c·r′ of cooldown. With `restart` everything is trained anew.
 */
export function rungParts({ from, to, anneal, cooldown }: RungStep): RungParts {
  if (anneal === 'restart') return { trunk: 0, annealed: to };
  return { trunk: (1 - cooldown) * (to - from), annealed: cooldown * to };
}

/** What a rung costs in its resource unit, evaluation not included. */
export function rungCost(step: RungStep): number {
  const { trunk, annealed } = rungParts(step);
  return trunk + annealed;
}
