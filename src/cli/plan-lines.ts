import { formatDuration } from '../budget/duration.js';
import type { Plan } from '../budget/plan.js';
import { formatBytes } from '../data/pack/disk.js';
import { unreachable } from '../errors.js';
import { asConfiguration } from '../space/auto-cost.js';
import { type ImageKind, ladderFor } from '../space/auto-ladder.js';
import { defaultConfiguration } from '../space/sample.js';
import type { SearchSpace } from '../space/types.js';
import { checkpointBytes } from '../training/checkpoint-size.js';
import { parseRecipe } from '../training/recipe.js';
import { planNetwork } from '../training/replica-setup.js';

/** What packing is estimated for. */
export interface PackingWords {
  readonly images: number;
  /** Part of the images that is not packed yet. */
  readonly unpacked: number;
  readonly seconds: number;
  readonly sides: Sides;
}

/** Sides of the packed images, in pixels; of the auto space, which may choose smaller ones, the largest. */
export interface Sides {
  readonly pixels: readonly number[];
  readonly areOpen: boolean;
}

export function packingNote({ images, unpacked, seconds, sides }: PackingWords): string {
  const at = sides.areOpen ? ` at ${sides.pixels.join(', ')} px, the largest side that the auto space may choose` : '';
  if (unpacked === 0) return `all ${images} images are packed already${at}`;
  const [what, others] =
    unpacked < 1
      ? [`${Math.ceil(unpacked * images)} of ${images}`, '; the others are packed already']
      : [String(images), ''];
  return `packing ${what} images in ${formatDuration(seconds)}, estimated from a sample${at}${others}`;
}

export function searchNote({ brackets, promotion, roundSeconds }: Plan): string {
  if (brackets.length === 0) return 'packing may leave no time for it: then the default configuration is trained';
  const round = formatDuration(roundSeconds);
  switch (promotion.rule) {
    case 'halving':
      return `one round of brackets is expected to take ${round}`;
    case 'asha':
      return `one ladder, trials as expected; the first is expected at its top after ${round}`;
    case 'pasha':
      return `one ladder, trials as expected if all rungs are unlocked; the first is at its top after ${round} at the earliest`;
    case 'single-rung':
      return 'as many trials of one length as there is time for';
    default:
      return unreachable(promotion);
  }
}

const row = (name: string, size: string, note: string): string => `${name.padEnd(12)}${size.padStart(10)}  ${note}`;

const whenMeasured = 'known when the machine has been measured: the auto space chooses then';

/** What the network of the default configuration costs; null for the auto space, which has none yet. */
export function networkLine(space: SearchSpace | null, classes: number): string {
  if (space === null) return row('network', 'unknown', whenMeasured);
  const recipe = parseRecipe(defaultConfiguration(space));
  const { parameters, macsPerImage, activationBytesPerImage } = planNetwork(recipe, recipe.resolution, classes);
  const millions = (count: number) => `${Number((count / 1e6).toPrecision(3))} M`;
  const image = `${millions(macsPerImage)} multiply-accumulates to classify an image, ${formatBytes(activationBytesPerImage)} of activations to train on it`;
  return row(
    'network',
    millions(parameters),
    `parameters; ${image}: the default configuration at ${recipe.resolution} px`,
  );
}

/** Disk for packed data; `bytes` are null where there is no data set. */
export function packedLine(bytes: number | null, images: number, { pixels, areOpen }: Sides): string {
  if (bytes === null) return row('packed data', 'unknown', 'without --data');
  if (areOpen) return row('packed data', 'unknown', whenMeasured);
  return row('packed data', formatBytes(bytes), `${images} images at ${pixels.join(', ')} px, in the cache folder`);
}

/** Disk for so many checkpoints, at most. @param isOpen whether the space, and so its largest network, is yet to be made. */
export function checkpointsLine(count: number, bytesEach: number, isOpen: boolean): string {
  const which = isOpen ? ', which the largest network of any auto space would have' : '';
  const note = `at most: ${count} of up to ${formatBytes(bytesEach)}${which}, in the study's folder`;
  return row('checkpoints', formatBytes(count * bytesEach), note);
}

/** Bytes of the largest checkpoint of the auto space: the costliest network that it may choose is the widest and deepest, too. */
export function largestAutoCheckpointBytes(kind: ImageKind): number {
  const top = ladderFor(kind, 'f32').at(-1);
  if (top === undefined) throw new Error('the ladder of architectures is empty');
  const families = ['residual', 'plain'] as const;
  const recipes = families.map((family) => parseRecipe(asConfiguration({ family, ...top })));
  return Math.max(...recipes.map((recipe) => checkpointBytes(recipe, kind.classes)));
}
