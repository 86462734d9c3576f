import seedrandom from 'seedrandom';
import { unreachable } from '../errors.js';
import { configurationKey } from '../space/encode.js';
import { allConfigurations } from '../space/enumerate.js';
import { defaultConfiguration } from '../space/sample.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import type { Observation } from '../state/observation.js';
import { gaussianProcess } from './gaussian-process.js';
import { kernelDensities } from './kde.js';
import { priorBand } from './prior.js';
import { uniform } from './random.js';
import { sobol } from './sobol.js';
import { parzenEstimator } from './tpe.js';
import type { Draw, IsKnown, Proposal, ProposalContext, Random } from './types.js';

/** Draws of the sampler, then uniform ones, before the configurations left are counted. */
const draws = { own: 10, uniform: 10 } as const;

/** Configurations of a space that are gone through one by one. */
const mostEnumerated = 1000;

/**
 * The configuration of a new trial. Pure: the same context gives the same proposal. Trial 0 is the default configuration. No configuration is
 * proposed twice: one that an observation holds is drawn again, and of a space of at most 1000 configurations one of those left is taken at
 * random in the end. Where none is left the sampler draws as if all were new: noise makes a second look worth something.
 */
export function propose(context: ProposalContext): Proposal {
  const { space, seed, trial, observations } = context;
  if (trial === 0) return { configuration: defaultConfiguration(space), origin: 'default' };
  const stream = seedrandom.alea(`${seed}:trial:${trial}`);
  const random = () => stream();
  const isKnown = knownAmong(observations);
  const draw = sampler(context, random, isKnown);
  for (let drawn = 0; drawn < draws.own + draws.uniform; drawn++) {
    // Where the neighbourhood is used up, the whole space may still hold something new.
    const proposal = drawn < draws.own ? draw() : uniform(space, random);
    if (!isKnown(proposal.configuration)) return proposal;
  }
  const left = everythingIn(space)?.filter((configuration) => !isKnown(configuration)) ?? [];
  const configuration = left[Math.floor(random() * left.length)];
  return configuration ? { configuration, origin: 'random' } : sampler(context, random, () => false)();
}

/** Most proposals are new at the first draw: only who asks again is worth a set of all, which in a study of ten thousand trials costs more than they. */
function knownAmong(observations: readonly Observation[]): IsKnown {
  const keyOf = ({ configuration }: Observation) => configurationKey(configuration);
  let keys: ReadonlySet<string> | null = null;
  let hasAsked = false;
  return (configuration) => {
    const key = configurationKey(configuration);
    if (!hasAsked) {
      hasAsked = true;
      return observations.some((observation) => keyOf(observation) === key);
    }
    keys ??= new Set(observations.map(keyOf));
    return keys.has(key);
  };
}

function sampler(context: ProposalContext, random: Random, isKnown: IsKnown): Draw {
  const { space } = context;
  switch (space.scheduler.sampler) {
    case 'random':
      return () => uniform(space, random);
    case 'sobol':
      return sobol(context, random);
    case 'prior':
      return priorBand(context, random);
    case 'kde':
      return kernelDensities(context, random, isKnown);
    case 'tpe':
      return parzenEstimator(context, random, isKnown);
    case 'gaussian-process':
      return gaussianProcess(context, random, isKnown);
    default:
      return unreachable(space.scheduler.sampler);
  }
}

// Spaces never change: what is known of one holds as long as it is there.
const enumerated = new WeakMap<SearchSpace, readonly Configuration[] | null>();

function everythingIn(space: SearchSpace): readonly Configuration[] | null {
  const known = enumerated.get(space);
  if (known !== undefined) return known;
  const all = allConfigurations(space, mostEnumerated);
  enumerated.set(space, all);
  return all;
}
