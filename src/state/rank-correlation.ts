import seedrandom from 'seedrandom';
import { normalQuantile } from '../space/normal.js';
import type { Level, LevelEntry } from './levels.js';
import { correlation, deviation } from './statistics.js';

/** A correlation with its 95 % interval, in [−1, 1]. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How far the order of trials at one resource is their order at a higher one. */
export interface RankCorrelation {
  readonly lower: number;
  readonly upper: number;
  /** That it was measured on: at most the newest 200 that have finished both. */
  readonly trials: number;
  /** Spearman's, of these trials. Where they were promoted for their lower score it is too low. */
  readonly spearman: Interval;
  /** What it would be if all trials of the lower rung had been promoted. */
  readonly corrected: Interval;
}

/** For people, in one line; resources in the unit of the scheduler. */
export function correlationText({ lower, upper, trials, spearman, corrected }: RankCorrelation): string {
  const rung = (resource: number) => String(Number(resource.toPrecision(3)));
  const text = ({ value, low, high }: Interval) => `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  return `rung ${rung(lower)} -> ${rung(upper)}: ${text(spearman)}, ${trials} trials; without their selection ${text(corrected)}`;
}

/** Of fewer trials a correlation says nothing. */
const fewestTrials = 4;
const resamples = 200;

/** Between neighbouring resources, and of each with the highest; of pairs that at least 4 trials have finished. Seeded: the same results, the same intervals. */
export function rankCorrelations(levels: readonly Level[]): readonly RankCorrelation[] {
  return levels.flatMap((lower, index) => {
    const above = levels[index + 1];
    const top = levels.at(-1);
    if (!above || !top) return [];
    return [above, ...(above === top ? [] : [top])].flatMap((upper) => correlationOf(lower, upper) ?? []);
  });
}

// What has settled stays as it is: its statistics are made once.
const known = new WeakMap<readonly LevelEntry[], WeakMap<readonly LevelEntry[], RankCorrelation>>();

/** Null where too few trials have finished both. */
export function correlationOf(lower: Level, upper: Level): RankCorrelation | null {
  const ofUpper = known.get(upper.promoted.settled) ?? new WeakMap<readonly LevelEntry[], RankCorrelation>();
  known.set(upper.promoted.settled, ofUpper);
  const made = ofUpper.get(lower.all.settled);
  if (made) return made;
  const fresh = correlate(lower, upper);
  if (fresh) ofUpper.set(lower.all.settled, fresh);
  return fresh;
}

function correlate(lower: Level, upper: Level): RankCorrelation | null {
  const pairs = upper.promoted.settled.flatMap(({ scores }) => {
    const [below, above] = [scores.get(lower.resource), scores.get(upper.resource)];
    return below === undefined || above === undefined ? [] : [{ below, above }];
  });
  if (pairs.length < fewestTrials) return null;
  const belows = pairs.map(({ below }) => below);
  const aboves = pairs.map(({ above }) => above);
  const everybody = lower.all.settled.flatMap(({ scores }) => scores.get(lower.resource) ?? []);
  const spearman = spearmanOf(belows, aboves);
  // Normal scores: restricting their range leaves the line through them as it is.
  const [x, y] = [ranksAmong(belows, everybody).map(normalQuantile), ranksAmong(aboves, aboves).map(normalQuantile)];
  const spread = deviation(ranksAmong(everybody, everybody).map(normalQuantile));
  return {
    ...{ lower: lower.resource, upper: upper.resource, trials: pairs.length, spearman },
    corrected: sampled(x, y, (a, b) => unrestricted(correlation(a, b), spread / deviation(a))),
  };
}

/** Spearman's correlation of as many values each; 0 where one of both never varies. */
export function spearmanOf(x: readonly number[], y: readonly number[]): Interval {
  return sampled(ranksAmong(x, x), ranksAmong(y, y), correlation);
}

/**
 * The correlation that a restricted range hides (Thorndike 1949, case 2): selection by the lower score changes neither the slope of the upper one
 * over it nor what scatters around that line.
 * @param ratio deviation of all lower scores by that of the selected ones.
 */
export function unrestricted(correlation: number, ratio: number): number {
  if (!Number.isFinite(ratio)) return 0;
  return (correlation * ratio) / Math.sqrt(1 - correlation ** 2 + (correlation * ratio) ** 2);
}

/** Where values stand among all, in (0, 1); equal ones in their middle. */
function ranksAmong(values: readonly number[], all: readonly number[]): readonly number[] {
  const sorted = all.toSorted((a, b) => a - b);
  return values.map((value) => {
    const [from, to] = [placeOf(sorted, value, false), placeOf(sorted, value, true)];
    return Math.min(1 - 0.5 / all.length, Math.max(0.5 / all.length, (from + to) / 2 / all.length));
  });
}

/** How many are below a value, or at most it. */
function placeOf(sorted: readonly number[], value: number, isAfterEqual: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = sorted[middle] ?? 0;
    if (other < value || (isAfterEqual && other === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Statistic = (x: readonly number[], y: readonly number[]) => number;

/** The statistic, and its percentiles 2.5 and 97.5 over pairs drawn anew. */
function sampled(x: readonly number[], y: readonly number[], statistic: Statistic): Interval {
  const random = seedrandom.alea(`rank correlation of ${x.length}`);
  const drawn = Array.from({ length: resamples }, () => {
    const indices = x.map(() => Math.floor(random() * x.length));
    return statistic(
      indices.map((index) => x[index] ?? 0),
      indices.map((index) => y[index] ?? 0),
    );
  }).sort((a, b) => a - b);
  const at = (part: number) => drawn[Math.round(part * (resamples - 1))] ?? 0;
  return { value: rounded(statistic(x, y)), low: rounded(at(0.025)), high: rounded(at(0.975)) };
}

/** More digits would say nothing. */
function rounded(value: number): number {
  return Number(value.toFixed(3));
}
