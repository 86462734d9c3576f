import seedrandom from 'seedrandom';
import { owenScramble, sobolCoordinate, sobolDimensions } from '../model/sobol.js';
import { buildConfiguration, sampleValue } from '../space/sample.js';
import { uniform } from './random.js';
import type { Draw, ProposalContext, Random } from './types.js';

/**
 * A scrambled Sobol sequence, one dimension a parameter but constants, one point a trial; the seed scrambles. It covers each parameter, and pairs of
 * them, more evenly than draws at random do. From the 65th parameter on values are drawn at random, and so are all where a point is known already.
 */
export function sobol({ space, seed, trial }: ProposalContext, random: Random): Draw {
  const dimensionOf = new Map(
    space.parameters.filter(({ kind }) => kind !== 'constant').map(({ name }, dimension) => [name, dimension]),
  );
  const seeds = seedrandom.alea(`${seed}:sobol`);
  const scrambles = Array.from({ length: Math.min(sobolDimensions, dimensionOf.size) }, () =>
    owenScramble(seeds.int32() >>> 0),
  );
  // Trial 0 is the default configuration.
  const configuration = buildConfiguration(space, (parameter) => {
    const dimension = dimensionOf.get(parameter.name) ?? sobolDimensions;
    const scramble = scrambles[dimension];
    if (scramble === undefined) return sampleValue(parameter, random);
    return sampleValue(parameter, () => sobolCoordinate(trial - 1, dimension, scramble));
  });
  let isFirst = true;
  return () => {
    if (!isFirst) return uniform(space, random);
    isFirst = false;
    return { configuration, origin: 'random' };
  };
}
