import type { Precision } from '../program/precision.js';
import { type Architecture, asConfiguration, photosFrom, workPerImage } from './auto-cost.js';
import type { Configuration } from './types.js';

type Rung = Omit<Architecture, 'family'>;

const rung = (resolution: number, stem: Rung['stem'], width: number, blocks: number): Rung => ({
  resolution,
  stem,
  width,
  blocks,
});

/** Balanced architectures from cheap to costly for photos: resolution, width and depth grow together (Tan and Le 2019). */
const photoLadder: readonly Rung[] = [
  rung(32, 'medium', 8, 1),
  rung(32, 'medium', 12, 1),
  rung(32, 'medium', 16, 1),
  rung(48, 'medium', 12, 1),
  rung(48, 'medium', 16, 1),
  rung(64, 'medium', 16, 1),
  rung(64, 'medium', 24, 1),
  rung(64, 'medium', 32, 1),
  rung(96, 'medium', 24, 1),
  rung(96, 'medium', 32, 1),
  rung(128, 'large', 48, 2),
  rung(128, 'large', 64, 2),
  rung(160, 'large', 64, 2),
  rung(192, 'large', 64, 2),
  rung(192, 'large', 64, 3),
  rung(224, 'large', 64, 3),
];

/**
 * The same for images of few pixels, where the stem decides how many of them the stages see: four times as many cost as much as twice the
 * width and are worth more (bench/README.md), so that no wide network has a striding stem.
 */
const thumbnailLadder = (side: number): readonly Rung[] => [
  rung(side, 'medium', 8, 1),
  rung(side, 'medium', 12, 1),
  rung(side, 'medium', 16, 1),
  rung(side, 'small', 16, 1),
  rung(side, 'small', 24, 1),
  rung(side, 'small', 32, 1),
  rung(side, 'small', 32, 2),
  rung(side, 'small', 48, 2),
  rung(side, 'small', 64, 2),
  rung(side, 'small', 64, 3),
];

export interface ImageKind {
  /** Typical short side of the source images in pixels. */
  readonly imageSide: number;
  readonly classes: number;
}

/**
 * In bfloat16 processors take channels by sixteens: a network of width 24 is a fifth slower than in float32, one of 32 half as fast again, and one of 8
 * no faster than one of 16.
 */
const bfloat16Step = 16;

/**
 * The architectures to choose from, ascending in cost: never larger than the images are. Tiny images get no striding stem, many
 * classes no network that is narrower than they need, and bfloat16 no width that it does not suit.
 */
export function ladderFor({ imageSide, classes }: ImageKind, precision: Precision): readonly Rung[] {
  const side = Math.max(8, Math.floor(imageSide / 4) * 4);
  const ladder = side < photosFrom ? thumbnailLadder(side) : photoLadder.filter(({ resolution }) => resolution <= side);
  const fitting = ladder.filter(
    ({ stem, width }) =>
      (side >= 20 || stem === 'small') &&
      (classes < 50 || width >= 12) &&
      (precision !== 'bf16' || width % bfloat16Step === 0),
  );
  return [...fitting].sort((a, b) => workPerImage({ family: 'plain', ...a }) - workPerImage({ family: 'plain', ...b }));
}

/** Sides of the images of which the auto space may choose, ascending; of thumbnails there is one. */
export function autoSides(kind: ImageKind): readonly number[] {
  const sides = ladderFor(kind, 'f32').map(({ resolution }) => resolution);
  return [...new Set(sides)].sort((a, b) => a - b);
}

/**
 * Probe configurations spread evenly over the cost of the ladder, at most 7, cheapest first: what `autoSpace` wants measured. A failed
 * probe of the largest ones is an answer too.
 */
export function autoCandidates(input: ImageKind): readonly Configuration[] {
  // Which precision there will be nobody knows yet: what suits each is measured. The narrowest, in bfloat16 as slow as wider ones, would mislead.
  const ladder = ladderFor(input, 'bf16');
  const count = Math.min(6, ladder.length);
  const picked = Array.from({ length: count }, (_, index) =>
    ladder.at(count === 1 ? 0 : Math.round((index * (ladder.length - 1)) / (count - 1))),
  ).filter((entry) => entry !== undefined);
  const middle = picked[Math.floor(count / 2)];
  return [
    ...picked.map((entry) => asConfiguration({ family: 'residual', ...entry })),
    ...(middle === undefined ? [] : [asConfiguration({ family: 'plain', ...middle })]),
  ];
}
