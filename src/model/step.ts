import { mean } from '../state/statistics.js';
import { type Datum, type FittedMemory, fittedProcess, mostPoints, untilMilestone } from './fitted-process.js';
import type { GaussianProcess, Prediction } from './gaussian-process.js';
import type { Point, PointSpace } from './point.js';

/** What a trial had at a level and at the one below, on the scale of `worth`. */
export interface Climb {
  readonly point: Point;
  readonly below: number;
  readonly here: number;
  /** Of both measurements, as far as they are known. */
  readonly variances: { readonly below: number; readonly here: number };
  /** When it was measured here. */
  readonly at: number;
}

/** How strongly gains may depend on what they start from: the slope's deviation before there are data. */
const slopeSpread = 0.2;

/**
 * What training from one level to the next adds: a straight line in what a trial has below (those that are good already gain less, or more), and a
 * process over configurations for the rest.
 */
export class Step {
  private readonly process: GaussianProcess;
  private readonly slope: number;
  private readonly centre: number;

  /** @param scale spread of the values at the lowest level, > 0. */
  constructor(space: PointSpace, level: number, climbs: readonly Climb[], scale: number, memory: FittedMemory) {
    const first = untilMilestone(climbs);
    this.centre = mean(first.map(({ below }) => below));
    const typical = mean(first.map(({ here, below }) => here - below));
    let [together, alone] = [0, ((0.4 * scale) / slopeSpread) ** 2];
    for (const { below, here } of first) {
      together += (below - this.centre) * (here - below - typical);
      alone += (below - this.centre) ** 2;
    }
    // Whoever is better below is not worse here: else nothing could be told from here about there.
    this.slope = Math.max(-0.8, together / alone);
    const stretch = (1 + this.slope) ** 2;
    const all = climbs.map(
      ({ point, below, here, variances, at }): Datum => ({
        ...{ point, value: here - below - this.byLine(below), at },
        variance: variances.here + stretch * variances.below,
      }),
    );
    this.process = fittedProcess(space, level, { all, kept: all.slice(-mostPoints) }, memory, {
      lengthScale: { logMean: Math.log(0.7), logSpread: 0.5 },
      // Rungs two or three steps apart rank trials with a correlation of about a half: together the steps vary more than the lowest level does.
      amplitude: { logMean: Math.log(1.3 * scale), logSpread: 0.7 },
      noise: { logMean: Math.log(0.05 * scale), logSpread: 1 },
      // More training helps, as a rule.
      mean: { value: 0.3 * scale, deviation: 0.5 * scale },
    });
  }

  /** Gains of configurations, were all of them at the centre below. */
  predict(points: readonly Point[]): readonly Prediction[] {
    return this.process.predict(points);
  }

  /** The gain of a configuration as if it had not been measured itself. */
  predictUnseen(point: Point): Prediction {
    return this.process.predictUnseen(point);
  }

  /** What is expected here of what is expected below, with this gain: what is not known below the line stretches or shrinks. */
  next(below: Prediction, gain: Prediction): Prediction {
    return {
      mean: below.mean + this.byLine(below.mean) + gain.mean,
      variance: (1 + this.slope) ** 2 * below.variance + gain.variance,
    };
  }

  /** What a trial had below that has this much here. */
  before(here: number, gain: number): number {
    return (here - gain + this.slope * this.centre) / (1 + this.slope);
  }

  /** By how much more a trial gains than one at the centre, by what it has below. */
  byLine(below: number): number {
    return this.slope * (below - this.centre);
  }
}
