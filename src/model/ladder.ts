import { correlation, deviation, mean } from '../state/statistics.js';
import { worth } from '../state/worth.js';
import { type Datum, type FittedMemory, fittedProcess, mostPoints, untilMilestone } from './fitted-process.js';
import type { GaussianProcess, Prediction } from './gaussian-process.js';
import type { Point, PointSpace } from './point.js';
import { type Climb, Step } from './step.js';

/** Points of the lowest level's process that failed trials may be. */
const mostFailures = 40;

/** What is known of one trial. */
export interface LadderTrial {
  readonly point: Point;
  /** Index of the level of its first rung. */
  readonly lowest: number;
  /** Accuracy at its levels from there on, in [0, 1]; not empty. */
  readonly scores: readonly number[];
  /** Of each of them, on the scale of `worth`: how far the images that it was judged on may be off. */
  readonly variances: readonly number[];
  /** When each of them was measured: hyperparameters are fitted to the first so many. */
  readonly at: readonly number[];
}

/** A trial that failed for good before it had a score. */
export interface FailedTrial {
  readonly point: Point;
  readonly at: number;
}

/** What is expected of a configuration, by level, on the scale of `worth`. */
export interface Expectation {
  /** Below the lowest level of a trial that of the lowest. */
  readonly means: readonly number[];
  readonly variances: readonly number[];
}

/**
 * What trials at the rungs of a ladder say about the rungs above and about configurations that nobody has tried. A process for the lowest
 * level and one a level for what its training adds: where each trial of a level has been at those below, this is co-kriging (Kennedy & O'Hagan 2000) at the
 * cost of its parts (Le Gratiet & Garnier 2014). A trial that started higher counts at the lowest level with what it would have had there, one that failed
 * with the worst that others had: else its surroundings would look as promising as ever.
 */
export class Ladder {
  private readonly bottom: GaussianProcess;
  /** From each level to the next. */
  private readonly steps: readonly Step[];
  /** How well the process of the lowest level foretells the trials that it is not shown: their correlation, in [−1, 1]; 0 for fewer than 4. */
  readonly skill: number;

  constructor(
    space: PointSpace,
    trials: readonly LadderTrial[],
    private readonly levels: number,
    memory: FittedMemory = new Map(),
    failed: readonly FailedTrial[] = [],
  ) {
    const worths = trials.map(({ scores }) => scores.map(worth));
    const firsts = untilMilestone(trials.map(({ at }, index) => ({ at: at[0] ?? 0, value: worths[index]?.[0] ?? 0 })));
    const scale = Math.max(0.02, deviation(firsts.map(({ value }) => value)));
    this.steps = Array.from({ length: levels - 1 }, (_, index) => {
      const level = index + 1;
      const climbs = trials.flatMap(({ point, lowest, variances, at }, trial): readonly Climb[] => {
        const place = level - lowest;
        const [below, here] = [worths[trial]?.[place - 1], worths[trial]?.[place]];
        if (below === undefined || here === undefined) return [];
        const known = { below: variances[place - 1] ?? 0, here: variances[place] ?? 0 };
        return [{ point, below, here, variances: known, at: at[place] ?? 0 }];
      });
      return new Step(space, level, climbs, scale, memory);
    });
    const measured = trials.map((trial, index): Datum => {
      const { point, variances, at } = trial;
      const value = this.lowestValue(trial, worths[index] ?? []);
      return { point, value, variance: variances[0] ?? 0, at: at[0] ?? 0 };
    });
    const known = untilMilestone(measured).map(({ value }) => value);
    const worst = Math.min(...known);
    const failures = failed.map(({ point, at }): Datum => ({ point, value: worst, variance: 0, at }));
    const keptFailures = failures.slice(-mostFailures);
    const kept = mostTelling(trials, mostPoints - keptFailures.length).flatMap((index) =>
      measured.slice(index, index + 1),
    );
    const data = { all: [...measured, ...failures], kept: [...kept, ...keptFailures] };
    this.bottom = fittedProcess(space, 0, data, memory, {
      lengthScale: { logMean: Math.log(0.7), logSpread: 0.5 },
      amplitude: { logMean: Math.log(scale), logSpread: 0.7 },
      noise: { logMean: Math.log(0.05 * scale), logSpread: 1 },
      mean: { value: mean(known), deviation: scale },
    });
    const values = kept.map(({ value }) => value);
    this.skill = kept.length < 4 ? 0 : correlation(this.bottom.leftOut().slice(0, kept.length), values);
  }

  /**
   * What is expected of a trial: at each level what those below and the other trials say, drawn towards what was measured there, by as much as that is
   * the surer of both: whoever has the highest score of many was lucky, too. What a process does not explain of its points is no luck but theirs.
   */
  ofTrial({ point, lowest, scores, variances }: LadderTrial): Expectation {
    const levels: Prediction[] = [];
    let expected = this.bottom.predictUnseen(point);
    for (let level = 0; level < this.levels; level++) {
      const step = this.steps[level - 1];
      if (step) expected = step.next(expected, step.predictUnseen(point));
      const [score, variance = 0] = [scores[level - lowest], variances[level - lowest]];
      if (score !== undefined) expected = afterMeasuring(expected, worth(score), variance);
      levels.push(expected);
    }
    const first = levels[lowest];
    return expectationOf(levels.map((one, level) => (level < lowest && first ? first : one)));
  }

  /** What is expected of configurations that have not been tried. */
  ofNew(points: readonly Point[]): readonly Expectation[] {
    const lowest = this.bottom.predict(points);
    const gains = this.steps.map((step) => step.predict(points));
    return lowest.map((first, index) => {
      const levels = [first];
      let value = first;
      for (const [number, step] of this.steps.entries()) {
        value = step.next(value, gains[number]?.[index] ?? { mean: 0, variance: 0 });
        levels.push(value);
      }
      return expectationOf(levels);
    });
  }

  /** What a trial has or would have had at the lowest level. */
  private lowestValue({ point, lowest }: LadderTrial, values: readonly number[]): number {
    const below = this.steps.slice(0, lowest).toReversed();
    return below.reduce((value, step) => step.before(value, step.predict([point])[0]?.mean ?? 0), values[0] ?? 0);
  }
}

function expectationOf(levels: readonly Prediction[]): Expectation {
  return { means: levels.map(({ mean }) => mean), variances: levels.map(({ variance }) => variance) };
}

/** What is believed once a value has been measured with a noise of this variance. */
function afterMeasuring({ mean, variance }: Prediction, value: number, noise: number): Prediction {
  const part = noise / (variance + noise);
  return { mean: value + part * (mean - value), variance: part * variance };
}

/** Indices of so many trials that tell most, ascending: those that came furthest, the best of the others, and every so manieth of the rest. */
function mostTelling(trials: readonly LadderTrial[], most: number): readonly number[] {
  const all = trials.map((_, index) => index);
  if (all.length <= most) return all;
  const height = (index: number) => (trials[index]?.lowest ?? 0) + (trials[index]?.scores.length ?? 0);
  const first = (index: number) => trials[index]?.scores[0] ?? 0;
  const sorted = all.toSorted((a, b) => height(b) - height(a) || first(b) - first(a) || a - b);
  const kept = sorted.slice(0, Math.floor(0.7 * most));
  const rest = sorted.slice(kept.length).sort((a, b) => a - b);
  const places = most - kept.length;
  for (let place = 0; place < places; place++) kept.push(rest[Math.floor((place * rest.length) / places)] ?? 0);
  return kept.sort((a, b) => a - b);
}
