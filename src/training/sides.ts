import { evaluationSide, sideAt, trainingSides } from '../space/sides.js';
import type { Recipe } from './recipe.js';

/** Sides in pixels of the images that one run sees. */
export interface RunSides {
  /** The full side of the training images. */
  readonly full: number;
  /** Those that training goes through, ascending; the full one last. */
  readonly training: readonly number[];
  /** That of the images that are judged and predicted. */
  readonly evaluation: number;
  /** That of the training images at a passed part of the schedule, in [0, 1]. */
  at(passed: number): number;
}

/** The side nearest to a wanted one; of two as near the larger one. @param sides at least one, ascending. */
function nearest(sides: readonly number[], wanted: number): number {
  return sides.reduce((best, side) => (Math.abs(side - wanted) <= Math.abs(best - wanted) ? side : best));
}

/**
 * The sides that a recipe asks for at a full side. Packing foresees them; at a side that only a rung uses, which may be one that it did not foresee,
 * the nearest packed ones serve. Those above the largest packed one, for which there was no room on the disk, are there all the same: readers enlarge.
 * @param packed ascending; the full side is among them or above all.
 */
export function runSides(
  recipe: Pick<Recipe, 'evaluation.scale' | 'progressive.from' | 'progressive.until'>,
  full: number,
  packed: readonly number[],
): RunSides {
  const largest = Math.max(...packed);
  const serve = (wanted: number, sides: readonly number[]) => (wanted > largest ? wanted : nearest(sides, wanted));
  const upToFull = [...packed.filter((side) => side < full), full];
  const fromFull = [full, ...packed.filter((side) => side > full)];
  const wanted = trainingSides(full, recipe['progressive.from']);
  const training = [...new Set(wanted.map((side) => serve(side, upToFull)))];
  return {
    full,
    training,
    evaluation: serve(evaluationSide(full, recipe['evaluation.scale']), fromFull),
    at: (passed) => sideAt(training, recipe['progressive.until'], passed),
  };
}
