import seedrandom from 'seedrandom';
import { incumbentDensity, priorDensity } from '../space/density.js';
import { configurationKey } from '../space/encode.js';
import { defaultConfiguration, mutate, priorConfiguration, sampleConfiguration } from '../space/sample.js';
import type { Configuration, SearchSpace } from '../space/types.js';

/** What is known of an earlier trial: its highest rung is enough; every trial should be in, so that none is proposed again. */
export interface Observation {
  readonly configuration: Configuration;
  /** Higher is better; null while the trial has no result. */
  readonly score: number | null;
  /** What the rung was trained with, in the scheduler's unit. */
  readonly resource: number;
}

export interface ProposalContext {
  readonly space: SearchSpace;
  readonly seed: number | string;
  /** The number of the trial to propose for, from 0. */
  readonly trial: number;
  readonly observations: readonly Observation[];
}

export interface Proposal {
  readonly configuration: Configuration;
  /** `prior` covers the defaults' neighbourhood and the incumbent's. */
  readonly origin: 'default' | 'prior' | 'random';
}

const retries = 20;

/**
 * The configuration of a new trial. Pure: the same context gives the same proposal. Trial 0 is the default configuration. The sampler
 * `random` draws uniformly; `prior` mixes uniform draws, the prior and mutations of the incumbent (PriorBand, Mallik et al. 2023).
 * A configuration that an observation holds already is drawn again, up to 20 times.
 */
export function propose(context: ProposalContext): Proposal {
  const { space, seed, trial, observations } = context;
  if (trial === 0) return { configuration: defaultConfiguration(space), origin: 'default' };
  const random = seedrandom.alea(`${seed}:trial:${trial}`);
  const draw = space.scheduler.sampler === 'random' ? () => uniform(space, random) : mixture(context, () => random());
  const seen = new Set(observations.map(({ configuration }) => configurationKey(configuration)));
  let proposal = draw();
  for (let retry = 0; retry < retries && seen.has(configurationKey(proposal.configuration)); retry++) {
    // Where the neighbourhood is used up, the whole space may still hold something new.
    proposal = retry < retries / 2 ? draw() : uniform(space, random);
  }
  return proposal;
}

function uniform(space: SearchSpace, random: () => number): Proposal {
  return { configuration: sampleConfiguration(space, random), origin: 'random' };
}

function mixture({ space, observations }: ProposalContext, random: () => number): () => Proposal {
  const { eta } = space.scheduler;
  const top = leaders(observations, eta);
  const incumbent = top[0]?.configuration;
  // PriorBand trusts the prior more the higher a bracket starts; a proposal does not know its bracket, so it takes rung 1's share.
  const uniformShare = 1 / (1 + eta);
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

/**
 * The best ⌊n / eta⌋ of the n trials that reached a resource, the highest one that at least eta reached; none before that. Best first; of
 * equal scores the one with more training leads, then the earlier one.
 */
function leaders(observations: readonly Observation[], eta: number): readonly Observation[] {
  const highest = new Map<string, Observation>();
  for (const observation of observations) {
    if (observation.score === null || !Number.isFinite(observation.score)) continue;
    const key = configurationKey(observation.configuration);
    if (observation.resource > (highest.get(key)?.resource ?? 0)) highest.set(key, observation);
  }
  const scored = [...highest.values()].sort((a, b) => (b.score ?? 0) - (a.score ?? 0) || b.resource - a.resource);
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
function trust(space: SearchSpace, incumbent: Configuration, top: readonly Observation[]): number {
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
