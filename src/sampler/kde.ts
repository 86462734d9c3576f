import { ProductDensity } from '../model/product-density.js';
import { uniform } from './random.js';
import { goodAndBad } from './split.js';
import type { Draw, IsKnown, ProposalContext, Random } from './types.js';

/** Part of the proposals that no model has a say in. */
const randomShare = 1 / 3;
const goodShare = 0.15;
const candidates = 64;
/** Candidates stray three times as far as the good ones do. */
const widening = 3;

/**
 * BOHB's model (Falkner, Klein & Hutter 2018): out of 64 candidates near the good trials of the largest resource with enough of them the one
 * where good trials are densest in comparison with bad ones. A good and a bad density need a trial more each than the space has parameters;
 * before, and for a third of the proposals, it draws uniformly.
 */
export function kernelDensities({ space, observations }: ProposalContext, random: Random, isKnown: IsKnown): Draw {
  const draw: Draw = () => uniform(space, random);
  if (random() < randomShare) return draw;
  const fewest = space.parameters.filter(({ kind }) => kind !== 'constant').length + 1;
  const split = goodAndBad(observations, (results, failed) => {
    const good = Math.max(fewest, Math.floor(goodShare * (results + failed)));
    return good <= results && results + failed - good >= fewest ? good : null;
  });
  if (split === null) return draw;
  const good = new ProductDensity(space, split.good);
  const bad = new ProductDensity(space, split.bad);
  return () => {
    const drawn = Array.from({ length: candidates }, () => good.draw(random, widening));
    const rated = drawn
      .filter((configuration) => !isKnown(configuration))
      .map((configuration) => ({
        configuration,
        gain: good.logDensity(configuration) - bad.logDensity(configuration),
      }))
      .sort((a, b) => b.gain - a.gain);
    const [best] = rated;
    return best ? { configuration: best.configuration, origin: 'model' } : draw();
  };
}
