import type { Recipe } from './recipe.js';

/** Images that were trained on, and what of a training's resource that took. */
export interface Stretch {
  readonly images: number;
  readonly resource: number;
}

/** The pace of a stretch counts once it has lasted for this part of what is to be trained. */
const leastPart = 0.02;

/**
 * Passes over its images that a training will have made in all at its end, by its pace so far; 0 while nothing is known.
 * @param before what had been trained before, at a pace that need not be today's.
 * @param here what has been trained since.
 * @param left what is still to be trained, in the unit of the resource.
 */
export function expectedEpochs(before: Stretch, here: Stretch, left: number, imagesPerEpoch: number): number {
  const isKnown = here.resource > 0 && here.resource >= leastPart * (here.resource + left);
  const { images, resource } = isKnown ? here : before;
  if (resource <= 0) return 0;
  return (before.images + here.images + (images / resource) * Math.max(0, left)) / imagesPerEpoch;
}

/**
 * Part of the recipe's regularisation that a training of so many epochs takes, in [0, 1]. Short trainings want less of it (RSB's recipe of 100
 * epochs costs a ResNet-18 two points that the one of 600 gains), so what is right for the long one is not held against it on a short rung.
 */
export function regularisationStrength(recipe: Pick<Recipe, 'regularisation.fullEpochs'>, epochs: number): number {
  const full = recipe['regularisation.fullEpochs'];
  return full === 0 ? 1 : Math.min(1, epochs / full);
}
