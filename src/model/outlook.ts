import { levelOf, levelsOf } from '../scheduler/levels.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import { hasFailed } from '../state/attempts.js';
import { secondsPerUnit } from '../state/seconds-per-unit.js';
import type { RungRecord, StudyState, TrialState } from '../state/types.js';
import { worthVariance } from '../state/worth.js';
import type { FittedMemory } from './fitted-process.js';
import { type Expectation, type FailedTrial, Ladder, type LadderTrial } from './ladder.js';
import { type Point, type PointSpace, pointSpace } from './point.js';
import { fitRate } from './rate.js';

/** What the model says of a trial. */
export interface TrialOutlook {
  readonly trial: number;
  readonly configuration: Configuration;
  /** Index of its highest measured level. */
  readonly level: number;
  readonly expectation: Expectation;
  /** At the top level, on the scale of `worth`. */
  readonly mean: number;
  /** Standard deviation there. */
  readonly deviation: number;
}

/** What a study's finished rungs say about its trials and about configurations that have not been tried. */
export interface Outlook {
  /** Resources of the rungs, ascending. */
  readonly levels: readonly number[];
  /** Trials with a finished rung, by number. */
  readonly trials: readonly TrialOutlook[];
  /** How far to trust it, in [−1, 1]: see `Ladder.skill`. */
  readonly skill: number;
  /** At the top level, on the scale of `worth`. */
  readonly ofNew: (
    configurations: readonly Configuration[],
  ) => readonly { readonly mean: number; readonly deviation: number }[];
  /** Seconds of a unit of resource. */
  readonly rateOf: (configuration: Configuration) => number;
}

/** Below it no model is made: it would know no more than the means. */
const fewestTrials = 4;

/**
 * True where the model foretells the trials that it is not shown better than chance would at 95 %: else its proposals would be guesses, and the
 * other samplers guess better.
 */
export function isInformed(outlook: Outlook): boolean {
  const count = outlook.trials.length;
  return count >= fewestTrials && outlook.skill > 2 / Math.sqrt(count);
}

type FailedRung = Extract<RungRecord, { status: 'failed' }>;
type FinishedRung = Extract<RungRecord, { status: 'finished' }>;

/** What trials have shown. */
interface Shown {
  readonly measured: readonly { readonly trial: TrialState; readonly finished: readonly FinishedRung[] }[];
  /** Those that failed for good before they had a score. */
  readonly failed: readonly { readonly trial: TrialState; readonly rung: FailedRung }[];
}

interface Remembered {
  readonly results: readonly unknown[];
  readonly outlook: Outlook;
  readonly memory: Memory;
}

interface Memory {
  readonly space: PointSpace;
  /** Of trials: hyperparameters are known again by the points that they were fitted to. */
  readonly points: WeakMap<Configuration, Point>;
  readonly ladder: FittedMemory;
}

/** Saves time only: the same results give the same outlook. */
const remembered = new WeakMap<SearchSpace, Remembered>();

/** Null before the first rung has finished. Pure; costs tens of milliseconds after a rung has finished, else next to nothing. */
export function outlookOf({ trials, plan }: Pick<StudyState, 'trials' | 'plan'>, space: SearchSpace): Outlook | null {
  const measured = trials.flatMap((trial) => {
    const finished = trial.rungs.filter((rung): rung is FinishedRung => rung.status === 'finished');
    return finished.length > 0 ? [{ trial, finished }] : [];
  });
  if (!plan || measured.length === 0) return null;
  const failed = trials.flatMap((trial) => {
    const last = trial.rungs.at(-1);
    return trial.rungs.length === 1 && last?.status === 'failed' && hasFailed(trial) ? [{ trial, rung: last }] : [];
  });
  const results = [
    plan.brackets,
    ...measured.flatMap(({ finished }) => finished.map(({ result }) => result)),
    ...failed.map(({ rung }) => rung),
  ];
  const known = remembered.get(space);
  if (known && isSame(known.results, results)) return known.outlook;
  const memory = known?.memory ?? { space: pointSpace(space), points: new WeakMap(), ladder: new Map() };
  const outlook = makeOutlook({ measured, failed }, levelsOf(plan.brackets), space, memory);
  remembered.set(space, { results, outlook, memory });
  return outlook;
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}

function makeOutlook(
  { measured, failed }: Shown,
  levels: readonly number[],
  space: SearchSpace,
  memory: Memory,
): Outlook {
  const pointOfTrial = ({ configuration }: TrialState): Point => {
    const point = memory.points.get(configuration) ?? memory.space.pointOf(configuration);
    memory.points.set(configuration, point);
    return point;
  };
  const ladderTrials = measured.map(
    ({ trial, finished }): LadderTrial => ({
      point: pointOfTrial(trial),
      lowest: levelOf(levels, finished[0]?.resource ?? 0),
      scores: finished.map(({ result }) => result.score),
      variances: finished.map(({ result }) => worthVariance(result.score, result.evaluatedImages)),
      at: finished.map(({ result }) => result.at),
    }),
  );
  const failures = failed.map(({ trial, rung }): FailedTrial => ({ point: pointOfTrial(trial), at: rung.failedAt }));
  const ladder = new Ladder(memory.space, ladderTrials, levels.length, memory.ladder, failures);
  let rate: ((point: Point) => number) | null = null;
  // Only proposals ask for it; most outlooks are made to choose among trials.
  const rates = (): ((point: Point) => number) => {
    rate ??= fitRate(
      ladderTrials.map(({ point }) => point),
      measured.map(({ trial }) => secondsPerUnit(trial, space.scheduler) ?? 1),
      memory.space.values,
    );
    return rate;
  };
  const pointOf = (configuration: Configuration): Point => memory.space.pointOf(configuration);
  return {
    levels,
    trials: measured.map(({ trial: { trial, configuration }, finished }, index) => {
      const known = ladderTrials[index];
      if (!known) throw new Error(`model: expected trial ${trial}`);
      const expectation = ladder.ofTrial(known);
      return {
        trial,
        configuration,
        level: known.lowest + finished.length - 1,
        expectation,
        ...atTheTop(expectation),
      };
    }),
    skill: ladder.skill,
    ofNew: (configurations) => ladder.ofNew(configurations.map(pointOf)).map(atTheTop),
    rateOf: (configuration) => rates()(pointOf(configuration)),
  };
}

function atTheTop({ means, variances }: Expectation): { readonly mean: number; readonly deviation: number } {
  return { mean: means.at(-1) ?? 0, deviation: Math.sqrt(variances.at(-1) ?? 0) };
}
