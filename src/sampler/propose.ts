import seedrandom from 'seedrandom';
import { unreachable } from '../errors.js';
import { configurationKey } from '../space/encode.js';
import { defaultConfiguration } from '../space/sample.js';
import { priorBand } from './prior.js';
import { uniform } from './random.js';
import type { Draw, Proposal, ProposalContext, Random } from './types.js';

const retries = 20;

/**
 * The configuration of a new trial. Pure: the same context gives the same proposal. Trial 0 is the default configuration. A configuration that an
 * observation holds already is drawn again, up to 20 times.
 */
export function propose(context: ProposalContext): Proposal {
  const { space, seed, trial, observations } = context;
  if (trial === 0) return { configuration: defaultConfiguration(space), origin: 'default' };
  const stream = seedrandom.alea(`${seed}:trial:${trial}`);
  const random = () => stream();
  const draw = sampler(context, random);
  const seen = new Set(observations.map(({ configuration }) => configurationKey(configuration)));
  let proposal = draw();
  for (let retry = 0; retry < retries && seen.has(configurationKey(proposal.configuration)); retry++) {
    // Where the neighbourhood is used up, the whole space may still hold something new.
    proposal = retry < retries / 2 ? draw() : uniform(space, random);
  }
  return proposal;
}

function sampler(context: ProposalContext, random: Random): Draw {
  const { space } = context;
  switch (space.scheduler.sampler) {
    case 'random':
      return () => uniform(space, random);
    case 'prior':
      return priorBand(context, random);
    default:
      return unreachable(space.scheduler.sampler);
  }
}
