import { sampleConfiguration } from '../space/sample.js';
import type { SearchSpace } from '../space/types.js';
import type { Proposal, Random } from './types.js';

/** A configuration drawn uniformly from the space. */
export function uniform(space: SearchSpace, random: Random): Proposal {
  return { configuration: sampleConfiguration(space, random), origin: 'random' };
}
