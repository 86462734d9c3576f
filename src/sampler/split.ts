import type { Configuration } from '../space/types.js';
import type { Observation } from '../state/observation.js';

/** Configurations kept on either side of a split: more would cost time and say little more. */
const mostConfigurations = 200;

export interface Split {
  /** Best first; not empty. */
  readonly good: readonly Configuration[];
  /** Better ones first, then those that failed; not empty. */
  readonly bad: readonly Configuration[];
}

/**
 * The trials of one rung, told into good and bad ones: of the largest resource for which `goodCount` gives a number. A trial that failed counts
 * as the worst at every resource that it has not come to.
 *
 * @param goodCount how many of that many results are good, given how many trials failed; null where there are too few.
 * @returns null where no resource has enough.
 */
export function goodAndBad(
  observations: readonly Observation[],
  goodCount: (results: number, failed: number) => number | null,
): Split | null {
  const resources = new Set(observations.flatMap(({ rungs }) => rungs.map(({ resource }) => resource)));
  for (const resource of [...resources].sort((a, b) => b - a)) {
    const results: { readonly configuration: Configuration; readonly score: number }[] = [];
    const failed: Configuration[] = [];
    for (const { configuration, rungs, failed: hasFailed } of observations) {
      const rung = rungs.find((one) => one.resource === resource);
      if (rung) results.push({ configuration, score: rung.score });
      else if (hasFailed && (rungs.at(-1)?.resource ?? 0) < resource) failed.push(configuration);
    }
    const count = goodCount(results.length, failed.length);
    if (count === null || count < 1 || count > results.length || count >= results.length + failed.length) continue;
    const ranked = results.sort((a, b) => b.score - a.score).map(({ configuration }) => configuration);
    return { good: thinned(ranked.slice(0, count)), bad: thinned([...ranked.slice(count), ...failed]) };
  }
  return null;
}

/** Every so manieth where there are too many. */
function thinned(configurations: readonly Configuration[]): readonly Configuration[] {
  const stride = Math.max(1, configurations.length / mostConfigurations);
  return configurations.filter((_, index) => Math.floor(index / stride) !== Math.floor((index - 1) / stride));
}
