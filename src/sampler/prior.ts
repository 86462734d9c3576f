import { incumbentDensity, priorDensity } from '../space/density.js';
import { mutate, priorConfiguration } from '../space/sample.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import type { Observation } from '../state/observation.js';
import { uniform } from './random.js';
import type { Draw, ProposalContext, Random } from './types.js';

/**
 * Mixes uniform draws, the prior and mutations of the incumbent (PriorBand, Mallik et al. 2023). A trial that starts at rung r of the ladder of
 * resources is drawn uniformly with probability 1 / (1 + eta^r): half of those at the bottom, few of the dear ones. The incumbent takes part as
 * soon as eta results stand at one rung; PriorBand also waits for a whole bracket, for which short budgets have no time.
 */
export function priorBand({ space, observations, from, lowest }: ProposalContext, random: Random): Draw {
  const { eta } = space.scheduler;
  const top = leaders(observations, eta);
  const incumbent = top[0]?.configuration;
  // Rounded: resources in whole epochs are not quite powers of eta apart.
  const uniformShare = 1 / (1 + eta ** Math.round(Math.log(from / lowest) / Math.log(eta)));
  const incumbentShare = incumbent === undefined ? 0 : (1 - uniformShare) * trust(space, incumbent, top);
  return () => {
    const point = random();
    if (point < uniformShare) return uniform(space, random);
    const configuration =
      incumbent !== undefined && point < uniformShare + incumbentShare
        ? mutate(space, incumbent, random)
        : priorConfiguration(space, random);
    return { configuration, origin: 'prior' };
  };
}

interface Leader {
  readonly configuration: Configuration;
  readonly score: number;
  readonly resource: number;
}

/**
 * The best ⌊n / eta⌋ of the n trials that reached a resource, the highest one that at least eta reached; none before that. Each counts with its
 * highest rung. Best first; of equal scores the one with more training leads, then the earlier one.
 */
function leaders(observations: readonly Observation[], eta: number): readonly Leader[] {
  const scored = observations
    .flatMap(({ configuration, rungs }): readonly Leader[] => {
      const highest = rungs.at(-1);
      return highest ? [{ configuration, ...highest }] : [];
    })
    .sort((a, b) => b.score - a.score || b.resource - a.resource);
  const resources = scored.map(({ resource }) => resource).sort((a, b) => b - a);
  // The eta-th highest resource is the highest that at least eta trials reached.
  const reached = resources[eta - 1];
  if (reached === undefined) return [];
  const rung = scored.filter(({ resource }) => resource >= reached);
  return rung.slice(0, Math.floor(rung.length / eta));
}

/**
 * How much of the informed draws goes to the incumbent, in [0, 1]: whichever of incumbent and prior explains the leaders better gets
 * more. The best leader weighs most.
 */
function trust(space: SearchSpace, incumbent: Configuration, top: readonly Leader[]): number {
  const [nearIncumbent, nearPrior] = [incumbentDensity(space, incumbent), priorDensity(space)];
  let [byIncumbent, byPrior] = [0, 0];
  for (const [index, { configuration }] of top.entries()) {
    const weight = top.length - index;
    byIncumbent += weight * nearIncumbent(configuration);
    byPrior += weight * nearPrior(configuration);
  }
  const sum = byIncumbent + byPrior;
  return sum > 0 ? byIncumbent / sum : 0.5;
}
