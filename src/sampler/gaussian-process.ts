import { expectedImprovement } from '../model/improvement.js';
import { isInformed, type Outlook } from '../model/outlook.js';
import { priorDensity } from '../space/density.js';
import { configurationKey } from '../space/encode.js';
import { mutate, priorConfiguration, sampleConfiguration } from '../space/sample.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import { priorBand } from './prior.js';
import { uniform } from './random.js';
import type { Draw, IsKnown, ProposalContext, Random } from './types.js';

/** How many candidates each way of making them gives. */
const candidates = { uniform: 200, prior: 100, near: 200, refined: 10 } as const;

/** How far the neighbours of good configurations stray. */
const spreads = [0.3, 0.1, 0.04] as const;

/** How far those of the best candidate stray, round by round. */
const refinements = [0.1, 0.05, 0.02, 0.01] as const;

/** Trials whose neighbourhood is looked at. */
const leaders = 5;

/** An improvement a second would shun what is dear, also where the best is dear; one without regard to cost tries too few. */
const costExponent = 0.5;

/** The prior's density counts with the power of this by the number of trials: what is known beforehand yields to results. */
const priorTrials = 10;

/** Part of the proposals that are made without the model: what it is wrong about it would never find out. */
const exploration = 0.1;

/** Part of the proposals that are the best of only a few draws: one that is best of all candidates again and again stays in one corner. */
const modest = { share: 0.33, candidates: 25 } as const;

/** Trials that are spread over the space before anything is made of their results. */
const fewestSpread = 6;

/**
 * The most promising configuration; at first, and now and then later, one drawn from all of the space or the prior; as the sampler `prior` draws where
 * the model knows no more than chance.
 */
export function gaussianProcess(context: ProposalContext, random: Random, isKnown: IsKnown): Draw {
  const { space } = context;
  const outlook = context.outlook?.() ?? null;
  const spread: Draw = () =>
    random() < 0.5 ? uniform(space, random) : { configuration: priorConfiguration(space, random), origin: 'prior' };
  if (random() < exploration || !outlook || outlook.trials.length < fewestSpread) return spread;
  const instead = priorBand(context, random);
  if (!isInformed(outlook)) return instead;
  return () => {
    const configuration = mostPromising(space, outlook, random, isKnown);
    return configuration ? { configuration, origin: 'model' } : instead();
  };
}

/**
 * The candidate with the highest expected improvement at the top rung over the best trial (Mockus 1978), divided by the square root of its cost and
 * times a power of the prior's density that fades as trials come in (PiBO, Hvarfner et al. 2022):
 * out of uniform and prior draws and neighbours of the leading trials, then out of neighbours of the best of these; a third of the time out of
 * a few uniform draws.
 * @param isKnown true for configurations that are not to be proposed again.
 * @returns null where every candidate is known.
 */
function mostPromising(
  space: SearchSpace,
  outlook: Outlook,
  random: () => number,
  isKnown: (configuration: Configuration) => boolean,
): Configuration | null {
  const best = outlook.trials.toSorted((a, b) => b.mean - a.mean || a.trial - b.trial).slice(0, leaders);
  const threshold = best[0]?.mean ?? 0;
  const density = priorDensity(space);
  let champion: { readonly configuration: Configuration; readonly value: number } | null = null;
  const consider = (drawn: readonly Configuration[]) => {
    const fresh = [...new Map(drawn.map((one) => [configurationKey(one), one])).values()].filter(
      (one) => !isKnown(one),
    );
    for (const [index, { mean, deviation }] of outlook.ofNew(fresh).entries()) {
      const configuration = fresh[index];
      if (!configuration) continue;
      const gain = Math.log(Math.max(Number.MIN_VALUE, expectedImprovement(mean, deviation, threshold)));
      const familiar = (priorTrials / outlook.trials.length) * Math.log(density(configuration));
      const value = gain - costExponent * Math.log(outlook.rateOf(configuration)) + familiar;
      if (champion === null || value > champion.value) champion = { configuration, value };
    }
    return champion;
  };
  const times = (count: number, draw: (index: number) => Configuration) =>
    Array.from({ length: count }, (_, i) => draw(i));
  const neighbour = (index: number) => {
    const { configuration } = best[Math.floor(random() * best.length)] ?? {};
    return configuration
      ? mutate(space, configuration, random, spreads[index % spreads.length])
      : sampleConfiguration(space, random);
  };
  if (random() < modest.share)
    return consider(times(modest.candidates, () => sampleConfiguration(space, random)))?.configuration ?? null;
  let found = consider([
    ...times(candidates.uniform, () => sampleConfiguration(space, random)),
    ...times(candidates.prior, () => priorConfiguration(space, random)),
    ...times(candidates.near, neighbour),
  ]);
  for (const spread of refinements) {
    const centre = found?.configuration;
    if (centre === undefined) break;
    found = consider(times(candidates.refined, () => mutate(space, centre, random, spread)));
  }
  return found?.configuration ?? null;
}
