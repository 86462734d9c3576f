import { savedElements } from '../network/describe.js';
import { largestCorners } from '../space/corners.js';
import type { SearchSpace } from '../space/types.js';
import { parseRecipe, type Recipe } from './recipe.js';
import { descriptionOf, updateRuleOf } from './replica-setup.js';

/** What decides how large a network is. */
const sizing = [
  'network.family',
  'network.block',
  'network.width',
  'network.blocks',
  'network.stages',
  'network.stem',
  'network.squeezeExcite',
  'optimizer.kind',
] as const;

/** Squeeze-and-excitation has its weights where a block has so many channels: the fewer, the more of them. */
const inverse = ['network.squeezeExcite'] as const;

/** Header, checksum and the names of the classes: a little more than they take. */
const headerBytes = (classes: number): number => 4096 + 64 * classes;

/** Bytes of a checkpoint of a recipe's network, to within a few kilobytes. */
export function checkpointBytes(recipe: Recipe, classes: number): number {
  // No variable depends on the side of the images.
  const description = descriptionOf(recipe, recipe.resolution, classes);
  return 4 * savedElements(description, updateRuleOf(recipe)) + headerBytes(classes);
}

/** Bytes of the largest checkpoint that a configuration of the space may have. */
export function largestCheckpointBytes(space: SearchSpace, classes: number): number {
  const bytes = new Map<string, number>();
  for (const corner of largestCorners(space, sizing, inverse)) {
    const recipe = parseRecipe(corner);
    const key = JSON.stringify(sizing.map((name) => recipe[name]));
    if (!bytes.has(key)) bytes.set(key, checkpointBytes(recipe, classes));
  }
  return Math.max(...bytes.values());
}
