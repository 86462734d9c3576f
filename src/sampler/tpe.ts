import { MarginalDensity } from '../model/marginal-density.js';
import type { FreeParameter } from '../model/point.js';
import { buildConfiguration, valueIn } from '../space/sample.js';
import type { Configuration } from '../space/types.js';
import { uniform } from './random.js';
import { goodAndBad } from './split.js';
import type { Draw, IsKnown, ProposalContext, Random } from './types.js';

/** Results of one resource before which there is no model. */
const startupTrials = 10;
const candidates = 24;
const goodShare = 0.1;
const mostGood = 25;

/**
 * The tree-structured Parzen estimator (Bergstra et al. 2011) with the numbers of Optuna: that of 24 candidates whose values, one density a
 * parameter, are densest in the good tenth of the trials, at most 25, in comparison with the others. Of the largest resource that 10 trials have
 * come to; before that it draws uniformly. Candidates are whole configurations: the best of 24 values a parameter, as Optuna takes them, would
 * always be the same value of a choice, and never another again.
 */
export function parzenEstimator({ space, observations }: ProposalContext, random: Random, isKnown: IsKnown): Draw {
  const split = goodAndBad(observations, (results, failed) =>
    results >= startupTrials ? Math.min(Math.ceil(goodShare * (results + failed)), mostGood) : null,
  );
  if (split === null) return () => uniform(space, random);
  const [good, bad] = [marginals(split.good), marginals(split.bad)];
  const candidate = () => {
    let gain = 0;
    const configuration = buildConfiguration(space, (parameter) => {
      const value = good(parameter).draw(random);
      gain += good(parameter).logDensity(value) - bad(parameter).logDensity(value);
      return value;
    });
    return { configuration, gain };
  };
  return () => {
    const drawn = Array.from({ length: candidates }, candidate).filter(({ configuration }) => !isKnown(configuration));
    const [best] = drawn.sort((a, b) => b.gain - a.gain);
    return best ? { configuration: best.configuration, origin: 'model' } : uniform(space, random);
  };
}

/** The densities of a sample's parameters, each made when it is asked for. */
function marginals(sample: readonly Configuration[]): (parameter: FreeParameter) => MarginalDensity {
  const made = new Map<string, MarginalDensity>();
  return (parameter) => {
    const known = made.get(parameter.name);
    if (known) return known;
    const density = new MarginalDensity(
      parameter,
      sample.flatMap((configuration) => valueIn(configuration, parameter.name) ?? []),
    );
    made.set(parameter.name, density);
    return density;
  };
}
