import { worth } from '../state/worth.js';
import { GaussianProcess } from './gaussian-process.js';
import { fitHyperparameters, type Hyperparameters, type Prior } from './hyperparameters.js';
import type { Point, PointSpace } from './point.js';

/** What is known of one trial. */
export interface LadderTrial {
  readonly point: Point;
  /** Index of the level of its first rung. */
  readonly lowest: number;
  /** Accuracy at its levels from there on, in [0, 1]; not empty. */
  readonly scores: readonly number[];
  /** When each of them was measured: hyperparameters are fitted to the first so many. */
  readonly at: readonly number[];
}

/** What is expected of a configuration, by level, on the scale of `worth`. */
export interface Expectation {
  /** Measured where it was; below its lowest level that of the lowest. */
  readonly means: readonly number[];
  /** What each level adds to the variance of those before; 0 where measured. */
  readonly variances: readonly number[];
}

/** Hyperparameters as they were last fitted, by level: the same data give the same ones, so that this only saves time. */
export type LadderMemory = Map<number, { readonly key: readonly unknown[]; readonly fitted: Hyperparameters }>;

/** Points of a process; more of them cost too much time. */
const mostPoints = 160;

/** Points that its hyperparameters are fitted to. */
const mostFitted = 80;

const lengthScale = { logMean: Math.log(0.7), logSpread: 1 };

/**
 * What trials at the rungs of a ladder say about the rungs above and about configurations that nobody has tried. A process for the lowest
 * level and one a level for what its training adds: where each trial of a level has been at those below, this is co-kriging (Kennedy & O'Hagan 2000) at the
 * cost of its parts (Le Gratiet & Garnier 2014). A trial that started higher counts at the lowest level with what it would have had there.
 */
export class Ladder {
  private readonly processes: readonly GaussianProcess[];
  /** How well the process of the lowest level foretells the trials that it is not shown: their correlation, in [−1, 1]; 0 for fewer than 4. */
  readonly skill: number;

  constructor(
    space: PointSpace,
    trials: readonly LadderTrial[],
    private readonly levels: number,
    memory: LadderMemory = new Map(),
  ) {
    const values = trials.map(({ scores }) => scores.map(worth));
    const scale = Math.max(0.02, deviation(values.map(([first]) => first ?? 0).slice(0, milestone(trials.length))));
    const steps = Array.from({ length: levels - 1 }, (_, index) => {
      const level = index + 1;
      const both = trials.flatMap(({ point, lowest, at }, trial): readonly Datum[] => {
        const [below, here] = [values[trial]?.[level - 1 - lowest], values[trial]?.[level - lowest]];
        return below === undefined || here === undefined
          ? []
          : [{ point, value: here - below, at: at[level - lowest] ?? 0 }];
      });
      return process(space, level, both, both.slice(-mostPoints), memory, {
        lengthScale,
        amplitude: { logMean: Math.log(0.4 * scale), logSpread: 0.5 },
        noise: { logMean: Math.log(0.05 * scale), logSpread: 1 },
        // More training helps, as a rule.
        mean: { value: 0.3 * scale, precision: (0.5 * scale) ** -2 },
      });
    });
    const all = trials.map((trial, index): Datum => {
      const value = lowestValue(trial, values[index] ?? [], steps);
      return { point: trial.point, value, at: trial.at[0] ?? 0 };
    });
    const kept = mostTelling(trials).flatMap((index) => all.slice(index, index + 1));
    const lowestValues = kept.map(({ value }) => value);
    const lowest = process(space, 0, all, kept, memory, {
      lengthScale,
      amplitude: { logMean: Math.log(scale), logSpread: 0.7 },
      noise: { logMean: Math.log(0.05 * scale), logSpread: 1 },
      mean: { value: mean(all.slice(0, milestone(all.length)).map(({ value }) => value)), precision: scale ** -2 },
    });
    this.processes = [lowest, ...steps];
    this.skill = kept.length < 4 ? 0 : correlation(lowest.leftOut(), lowestValues);
  }

  /** What is expected of a trial. */
  ofTrial({ point, lowest, scores }: LadderTrial): Expectation {
    const measured = scores.map(worth);
    const [means, variances]: [number[], number[]] = [[], []];
    for (let level = 0; level < this.levels; level++) {
      const value = measured[Math.max(0, level - lowest)];
      if (value !== undefined) {
        means.push(value);
        variances.push(0);
        continue;
      }
      const [gain] = this.processes[level]?.predict([point]) ?? [];
      means.push((means.at(-1) ?? 0) + (gain?.mean ?? 0));
      variances.push(gain?.variance ?? 0);
    }
    return { means, variances };
  }

  /** What is expected of configurations that have not been tried. */
  ofNew(points: readonly Point[]): readonly Expectation[] {
    const levels = this.processes.map((one) => one.predict(points));
    return points.map((_, index) => {
      let sum = 0;
      const means = levels.map((predictions) => {
        sum += predictions[index]?.mean ?? 0;
        return sum;
      });
      return { means, variances: levels.map((predictions) => predictions[index]?.variance ?? 0) };
    });
  }
}

/** Hyperparameters are fitted anew only when a fifth more points are there. */
function milestone(count: number): number {
  let reached = Math.min(count, 8);
  while (Math.ceil(reached * 1.2) <= count && reached > 0) reached = Math.ceil(reached * 1.2);
  return reached;
}

interface Datum {
  readonly point: Point;
  readonly value: number;
  readonly at: number;
}

/** A process of the kept data, its hyperparameters fitted to the first ones that came, spread over all these. */
function process(
  { isChoice }: PointSpace,
  level: number,
  all: readonly Datum[],
  kept: readonly Datum[],
  memory: LadderMemory,
  prior: Prior,
): GaussianProcess {
  const first = milestone(all.length);
  const spread = Math.min(first, mostFitted);
  const inOrder = all.toSorted((a, b) => a.at - b.at);
  const chosen = Array.from({ length: spread }, (_, index) => Math.floor((index * first) / spread));
  const fitted = chosen.flatMap((index) => inOrder.slice(index, index + 1));
  const [fitPoints, fitValues] = [fitted.map(({ point }) => point), fitted.map(({ value }) => value)];
  const key = [...fitPoints, ...fitValues, prior.amplitude.logMean];
  const known = memory.get(level);
  const isKnown = known && known.key.length === key.length && known.key.every((one, index) => one === key[index]);
  const hyperparameters = isKnown ? known.fitted : fitHyperparameters(fitPoints, fitValues, isChoice, prior);
  memory.set(level, { key, fitted: hyperparameters });
  return new GaussianProcess(
    kept.map(({ point }) => point),
    kept.map(({ value }) => value),
    isChoice,
    hyperparameters,
    prior,
  );
}

/** What a trial has or would have had at the lowest level. */
function lowestValue(trial: LadderTrial, values: readonly number[], steps: readonly GaussianProcess[]): number {
  const gains = steps.slice(0, trial.lowest).map((step) => step.predict([trial.point])[0]?.mean ?? 0);
  return gains.reduce((value, gain) => value - gain, values[0] ?? 0);
}

/** Indices of the trials that tell most, ascending: those that came furthest, the best of the others, and every so manieth of the rest. */
function mostTelling(trials: readonly LadderTrial[]): readonly number[] {
  const all = trials.map((_, index) => index);
  if (all.length <= mostPoints) return all;
  const height = (index: number) => (trials[index]?.lowest ?? 0) + (trials[index]?.scores.length ?? 0);
  const first = (index: number) => trials[index]?.scores[0] ?? 0;
  const sorted = all.toSorted((a, b) => height(b) - height(a) || first(b) - first(a) || a - b);
  const kept = sorted.slice(0, Math.floor(0.7 * mostPoints));
  const rest = sorted.slice(kept.length).sort((a, b) => a - b);
  const places = mostPoints - kept.length;
  for (let place = 0; place < places; place++) kept.push(rest[Math.floor((place * rest.length) / places)] ?? 0);
  return kept.sort((a, b) => a - b);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const spread = deviation(a) * deviation(b);
  return spread > 0 ? mean(a.map((value, index) => (value - meanA) * ((b[index] ?? 0) - meanB))) / spread : 0;
}
