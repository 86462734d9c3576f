/** Sides are rounded so that networks halve them several times without a remainder. */
const largestStep = 32;

/** Each side is a program of its own. */
const mostSides = 4;

const leastSide = 8;

/** Part of a schedule over which the side grows from the lowest to the full one (Leclerc et al. 2023, FFCV). */
export const rampShare = 0.12;

/** The distance of sides that training may begin with: the largest power of two that goes four times into the full side, at most 32. */
export function sideStep(resolution: number): number {
  return Math.min(largestStep, 2 ** Math.floor(Math.log2(resolution / 4)));
}

function rounded(side: number, step: number): number {
  return Math.round(side / step) * step;
}

/**
 * The distance of sides that images may be judged at from that of the training images: what networks for such images stride over in all. At other
 * distances a stride that ended on the border in training ends beside it, and all that follows sees other pixels: 64 px judged at 72 px lost 8 points, at
 * 80 px 3.
 */
export function evaluationStep(resolution: number): number {
  return resolution < 128 ? 16 : 32;
}

/**
 * The side of the images that are judged and predicted (Touvron et al. 2019, FixRes), the nearest one in whole steps from that of the training images.
 * @param scale relative to the training images, at least 1; 1 for the same side.
 */
export function evaluationSide(resolution: number, scale: number): number {
  const step = evaluationStep(resolution);
  return resolution + rounded(resolution * (scale - 1), step);
}

/** The side that training begins with. @param from relative to the full side, in (0, 1]; 1 for the full one. */
export function lowestSide(resolution: number, from: number): number {
  if (from === 1) return resolution;
  return Math.min(resolution, Math.max(leastSide, rounded(resolution * from, sideStep(resolution))));
}

/** Every side that training at a resolution may use where it begins with `lowest`, the full one last. */
export function sidesFrom(lowest: number, resolution: number): readonly number[] {
  const step = sideStep(resolution);
  const between = Array.from({ length: Math.ceil(resolution / step) }, (_, index) => index * step).filter(
    (side) => side > lowest && side < resolution,
  );
  return lowest < resolution ? [lowest, ...between, resolution] : [resolution];
}

/** The sides that training goes through, ascending: the lowest, at most two between, the full one. */
export function trainingSides(resolution: number, from: number): readonly number[] {
  const all = sidesFrom(lowestSide(resolution, from), resolution);
  if (all.length <= mostSides) return all;
  const places = Array.from({ length: mostSides }, (_, index) =>
    Math.round((index * (all.length - 1)) / (mostSides - 1)),
  );
  return all.filter((_, index) => places.includes(index));
}

/**
 * The side of the images at a passed part of the schedule: the lowest until `until`, then the nearest to a straight line that reaches the full one
 * 12 % of the schedule later.
 * @param sides ascending, at least one.
 * @param passed in [0, 1].
 */
export function sideAt(sides: readonly number[], until: number, passed: number): number {
  const [lowest = 0, full = 0] = [sides[0], sides.at(-1)];
  const wanted = lowest + Math.min(1, Math.max(0, (passed - until) / rampShare)) * (full - lowest);
  return sides.reduce((best, side) => (Math.abs(side - wanted) <= Math.abs(best - wanted) ? side : best), lowest);
}

/** Points at which a schedule is looked at to know what its images cost. */
const lookedAt = 500;

/** What a training image of the whole schedule takes on average, relative to one of the full side: in proportion to the pixels. @param sides ascending, at least one. */
export function meanWork(sides: readonly number[], until: number): number {
  const full = sides.at(-1) ?? 1;
  const works = Array.from(
    { length: lookedAt },
    (_, index) => (sideAt(sides, until, (index + 0.5) / lookedAt) / full) ** 2,
  );
  return works.reduce((sum, work) => sum + work, 0) / lookedAt;
}
