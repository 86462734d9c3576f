import { median, quantile } from 'simple-statistics';
import { levelOf } from '../scheduler/levels.js';
import { wouldFail } from '../state/attempts.js';
import { summaryOf } from '../state/summary.js';
import type { TrialState } from '../state/types.js';
import { worth } from '../state/worth.js';

/** What a study's rungs say of training longer and of trying more configurations, on the scale of `worth`. */
export interface Learning {
  /** What training from one resource to another, both above 0, adds; negative where it is shortened. */
  readonly gain: (from: number, to: number) => number;
  /** Standard deviation of the better trials. */
  readonly spread: number;
  /** By how many of these deviations the best trial leads the middle one at the lowest rung, less what its promotions fell short of others'; >= 0. */
  readonly lead: number;
}

/**
 * What is believed before there are results: the gain of training e times as long from the lowest rung on, what is left of a gain one rung further up,
 * and the spread of trials. Each counts as much as so many results.
 */
const prior = { gain: 0.4, decay: 0.7, spread: 0.5, weight: { gain: 1, decay: 1, spread: 2 } } as const;

/** The gain never falls below this: a training that seemed over now and then is not. */
const leastGain = 0.05;

/** Nor below this up to a rung of the ladder that no trial has reached: curves that seem flat early may rise where a schedule ends. */
const leastUnseenGain = 0.2;

/** What is left of a gain one rung further up is taken for no less and no more than this. */
const decays = { least: 0.4, most: 3 } as const;

/** A trend is followed so many rungs beyond those that were measured. */
const followed = 2;

interface Promotion {
  readonly level: number;
  /** Gain by the logarithm of the resource. */
  readonly slope: number;
}

/** Who stands first in the ranking is looked at beside the newest results: the best of a long search may be old. */
const leaders = 20;

/**
 * Learns from the newest results and the leaders, so that it costs the same in a study of ten thousand trials. What a lucky first rung promises a
 * promotion takes back that gains less than others do.
 * @param levels resources of the rungs, ascending.
 */
export function learningOf(trials: readonly TrialState[], levels: readonly number[]): Learning {
  const { recent, ranking } = summaryOf(trials);
  const seen = new Set(ranking.slice(0, leaders).map(({ state }) => state));
  const firsts: Reached[] = [];
  const promotions: Promotion[] = [];
  for (const { from, to, result } of recent) {
    const trial = trials[result.trial];
    if (!trial || Number.isNaN(result.score)) continue;
    seen.add(trial);
    const here = { value: worth(result.score), resource: to };
    if (from === 0) firsts.push(here);
    const below = reachedOf(trial).find(({ resource }) => resource === from);
    if (below) promotions.push(promotionOf(below, here, levels));
  }
  const gain = gainOf(promotions, levels);
  const atTheBottom = ({ value, resource }: Reached) => value - gain(levels[0] ?? 1, resource);
  const values = firsts.map(atTheBottom);
  const { weight } = prior;
  const known = Math.max(0, values.length - 1);
  const spread = (known * spreadOf(values) + weight.spread * prior.spread) / (known + weight.spread);
  const usual = usualSlopes(promotions);
  const middle = values.length < 2 ? Number.POSITIVE_INFINITY : median(values);
  let lead = 0;
  for (const trial of seen) {
    if (wouldFail(trial)) continue;
    let value = Number.NEGATIVE_INFINITY;
    let below: Reached | null = null;
    for (const here of reachedOf(trial)) {
      if (below === null) value = atTheBottom(here);
      else {
        const { level, slope } = promotionOf(below, here, levels);
        value += (slope - (usual.get(level) ?? slope)) * Math.log(here.resource / below.resource);
      }
      below = here;
    }
    lead = Math.max(lead, value - middle);
  }
  return { gain, spread, lead: lead / spread };
}

/** A trial's result at a resource, on the scale of `worth`. */
interface Reached {
  readonly value: number;
  readonly resource: number;
}

// Trials never change.
const reached = new WeakMap<TrialState, readonly Reached[]>();

/** By resource, ascending. */
function reachedOf(trial: TrialState): readonly Reached[] {
  const known = reached.get(trial);
  if (known) return known;
  const fresh = trial.rungs.flatMap((record) =>
    record.status === 'finished' && !Number.isNaN(record.result.score)
      ? [{ value: worth(record.result.score), resource: record.resource }]
      : [],
  );
  reached.set(trial, fresh);
  return fresh;
}

function promotionOf(below: Reached, here: Reached, levels: readonly number[]): Promotion {
  const slope = (here.value - below.value) / Math.log(here.resource / below.resource);
  return { level: levelOf(levels, below.resource), slope };
}

/** The median slope of each level from which at least two were promoted: one alone is not measured by itself. */
function usualSlopes(promotions: readonly Promotion[]): ReadonlyMap<number, number> {
  const slopes = new Map<number, number[]>();
  for (const { level, slope } of promotions) {
    const own = slopes.get(level);
    if (own) own.push(slope);
    else slopes.set(level, [slope]);
  }
  return new Map([...slopes].flatMap(([level, own]) => (own.length < 2 ? [] : [[level, median(own)] as const])));
}

/**
 * The slope between two rungs is the median of what promotions gained there, drawn towards what the rungs below foretell: slopes fall or rise from rung
 * to rung by a factor, which the rungs themselves show. Between rungs the slope is constant.
 */
function gainOf(promotions: readonly Promotion[], levels: readonly number[]): Learning['gain'] {
  const slopes: number[] = [];
  const top = Math.max(-1, ...promotions.map(({ level }) => level));
  let expected: number = prior.gain;
  let decay: number = prior.decay;
  for (let level = 0; level <= top; level++) {
    const own = promotions.filter((promotion) => promotion.level === level).map(({ slope }) => slope);
    const count = own.length;
    const slope = count === 0 ? expected : shrunk(median(own), count, expected, prior.weight.gain);
    const before = slopes.at(-1);
    if (before !== undefined && count > 0) {
      const seen = Math.min(decays.most, Math.max(decays.least, slope / before));
      decay = Math.exp(shrunk(Math.log(seen), count, Math.log(prior.decay), prior.weight.decay));
    }
    slopes.push(Math.max(leastGain, slope));
    expected = Math.max(leastGain, slope * decay);
  }
  const measured = slopes.at(-1) ?? prior.gain;
  const slopeAt = (level: number) => {
    const beyond = level - Math.max(0, slopes.length - 1);
    return (
      slopes[level] ??
      Math.max(level < levels.length - 1 ? leastUnseenGain : leastGain, measured * decay ** Math.min(beyond, followed))
    );
  };
  const first = { from: levels[0] ?? 1, sum: 0, slope: slopeAt(0) };
  const pieces = [first];
  for (const from of levels.slice(1)) {
    const below = pieces.at(-1) ?? first;
    const sum = below.sum + below.slope * Math.log(from / below.from);
    pieces.push({ from, sum, slope: slopeAt(pieces.length) });
  }
  const until = (resource: number): number => {
    const { from, sum, slope } = pieces.findLast((piece) => piece.from < resource) ?? first;
    return sum + slope * Math.log(resource / from);
  };
  return (from, to) => until(to) - until(from);
}

function shrunk(measured: number, count: number, expected: number, weight: number): number {
  return (count * measured + weight * expected) / (count + weight);
}

/** Of a few values their deviation; of more that of their better half or of all, what is less: the many bad trials say nothing about the best. */
function spreadOf(values: readonly number[]): number {
  const count = values.length;
  if (count < 2) return 0;
  if (count < 6) {
    const centre = values.reduce((sum, value) => sum + value, 0) / count;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (count - 1));
  }
  const [low = 0, middle = 0, high = 0] = quantile([...values], [0.1, 0.5, 0.9]);
  // The 90th percentile of a normal distribution is 1.28 deviations above its middle.
  return Math.min(high - middle, (high - low) / 2) / 1.2816;
}
