import { median, quantile } from 'simple-statistics';
import { levelOf } from '../scheduler/levels.js';
import { summaryOf } from '../state/summary.js';
import type { TrialState } from '../state/types.js';
import { worth } from '../state/worth.js';

/** What a study's rungs say of training longer and of trying more configurations, on the scale of `worth`. */
export interface Learning {
  /** What training from one resource to another, both above 0, adds; negative where it is shortened. */
  readonly gain: (from: number, to: number) => number;
  /** Standard deviation of the better trials. */
  readonly spread: number;
  /** How many of these deviations the best first rung lies above the middle one. */
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

/** Learns from the newest results alone, so that it costs the same in a study of ten thousand trials. `levels`: ascending. */
export function learningOf(trials: readonly TrialState[], levels: readonly number[]): Learning {
  const firsts: { readonly value: number; readonly resource: number }[] = [];
  const promotions: Promotion[] = [];
  for (const { from, to, result } of summaryOf(trials).recent) {
    if (Number.isNaN(result.score)) continue;
    const value = worth(result.score);
    if (from === 0) firsts.push({ value, resource: to });
    const below = trials[result.trial]?.rungs.find(({ resource }) => resource === from);
    if (below?.status !== 'finished' || Number.isNaN(below.result.score)) continue;
    promotions.push({ level: levelOf(levels, from), slope: (value - worth(below.result.score)) / Math.log(to / from) });
  }
  const gain = gainOf(promotions, levels);
  const lowest = levels[0] ?? 1;
  const values = firsts.map(({ value, resource }) => value - gain(lowest, resource));
  const { weight } = prior;
  const known = Math.max(0, values.length - 1);
  const spread = (known * spreadOf(values) + weight.spread * prior.spread) / (known + weight.spread);
  const lead = values.length < 2 ? 0 : (Math.max(...values) - median(values)) / spread;
  return { gain, spread, lead };
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
  const until = (resource: number): number => {
    const [lowest = 1, ...above] = levels;
    let [sum, low, level] = [0, lowest, 0];
    for (const high of above) {
      if (resource <= high) break;
      sum += slopeAt(level) * Math.log(high / low);
      low = high;
      level++;
    }
    return sum + slopeAt(level) * Math.log(resource / low);
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
