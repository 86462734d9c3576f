import { configurationKey } from '../space/encode.js';
import type { BudgetSettings, Configuration, SchedulerSettings, SearchSpace } from '../space/types.js';
import { type Benchmark, type BenchmarkTask, budgetSeconds, regret } from './benchmark.js';
import { accuracyAfter, type CurveSource, remembered } from './curve.js';
import { playStudy } from './play.js';
import { type Continuation, scoreTrace } from './score-trace.js';

/** `search`: the study searches all of the budget, and the benchmark's rule scores its trace. `run`: its own split and final training count. */
export type SimulationMode = 'search' | 'run';

export interface SimulationSettings {
  readonly mode: SimulationMode;
  readonly continuation: Continuation;
  readonly scheduler: SchedulerSettings['kind'];
  readonly sampler: SchedulerSettings['sampler'];
  /** Part of the budget, in (0, 1), for the search of `run`; default `auto`: the study decides. */
  readonly share?: BudgetSettings['searchShare'];
}

/** One line of the results. Accuracies in the benchmark's unit. */
export interface SimulationResult {
  readonly benchmark: string;
  readonly task: string;
  readonly k: number;
  /** Scheduler and sampler. */
  readonly method: string;
  readonly seed: number;
  readonly mode: SimulationMode;
  readonly continuation: Continuation;
  readonly share: BudgetSettings['searchShare'];
  /** Accuracy of the final training; null where nothing was trained. */
  readonly score: number | null;
  /** As far from the best as an accuracy of 0 where there is no score. */
  readonly regret: number;
  /** Part of the budget that the search took, in [0, 1]. */
  readonly search_share: number;
  readonly final_epoch: number;
  /** Configurations that the search began to train. */
  readonly trials: number;
  /** What a reaction of the study took on this machine. */
  readonly decision_ms: { readonly p50: number; readonly p95: number };
}

/** The search space in which a study plays a benchmark: rungs in epochs, a final training of `maxEpoch`, nothing kept for the machine. */
export function spaceOf(benchmark: Benchmark, settings: SimulationSettings): SearchSpace {
  const { eta, minEpoch, maxEpoch, maxRungEpoch, name } = benchmark;
  const parameters = benchmark.parameters.map((parameter) => ({
    ...parameter,
    name: nameInStudy(parameter.name),
    when: parameter.when.map((condition) => ({ ...condition, parameter: nameInStudy(condition.parameter) })),
  }));
  const { scheduler: kind, sampler, continuation, share = 'auto' } = settings;
  const anneal = continuation === 'resume' ? 'trunk' : 'restart';
  return {
    name,
    parameters,
    scheduler: { kind, sampler, eta, unit: 'epochs', min: minEpoch, max: maxRungEpoch, anneal, cooldown: 0 },
    fidelity: { subset: 1, resample: false, classes: 1, resolution: 1 },
    budget: { searchShare: share, minSearchShare: 0.1, maxSearchShare: 'auto', reserveSeconds: 0 },
    // Where no rung is a full training, a final training has no end but that of the budget.
    final: {
      useValidation: false,
      views: 1,
      checkLearningRate: false,
      ...(maxRungEpoch < maxEpoch ? {} : { maxEpochs: maxEpoch }),
    },
  };
}

/** What a study itself reads from configurations means something else in a benchmark. */
const taken = 'resolution';
const nameInStudy = (name: string): string => (name === taken ? `benchmark.${taken}` : name);

/** A configuration of the study in the benchmark's names. */
export function inBenchmark(configuration: Configuration): Configuration {
  const value = configuration[nameInStudy(taken)];
  if (value === undefined) return configuration;
  const { [nameInStudy(taken)]: _, ...rest } = configuration;
  return { ...rest, [taken]: value };
}

export const methodOf = ({ scheduler, sampler }: SimulationSettings): string => `${scheduler} ${sampler}`;

/**
 * Plays benchmarks study by study. The same arguments give the same results, but for `decision_ms`.
 */
export class Simulation {
  private readonly source: CurveSource;

  constructor(
    private readonly benchmark: Benchmark,
    source: CurveSource,
  ) {
    this.source = remembered(source, configurationKey);
  }

  /** One study: a task, a budget of `k` mean full trainings, a seed. */
  async play(task: BenchmarkTask, k: number, seed: number, settings: SimulationSettings): Promise<SimulationResult> {
    const { benchmark, source } = this;
    const { maxEpoch, minEpoch, accuracyScale } = benchmark;
    const { mode, continuation, share = 'auto' } = settings;
    const seconds = budgetSeconds(task, k);
    const played = await playStudy({
      space: spaceOf(benchmark, settings),
      curveOf: (configuration) => source.curve(task, inBenchmark(configuration)),
      maxEpoch,
      accuracyScale,
      budgetSeconds: seconds,
      mode,
      seed,
    });
    const curveOf = (trial: number) => source.curve(task, inBenchmark(played.configurations[trial] ?? {}));
    const { score, searchSeconds, finalEpoch, trials } =
      mode === 'search'
        ? scoreTrace(played.steps, curveOf, { budgetSeconds: seconds, continuation, maxEpoch, minEpoch })
        : {
            score: played.result && accuracyAfter(curveOf(played.result.trial), played.result.epochs),
            searchSeconds: played.searchSeconds,
            finalEpoch: played.result?.epochs ?? 0,
            trials: new Set(played.steps.map(({ trial }) => trial)).size,
          };
    return {
      benchmark: benchmark.name,
      task: task.id,
      k,
      method: methodOf(settings),
      seed,
      mode,
      continuation,
      share,
      score,
      regret: regret(task, score ?? 0),
      search_share: searchSeconds / seconds,
      final_epoch: finalEpoch,
      trials,
      decision_ms: {
        p50: quantileOf(played.decisionMilliseconds, 0.5),
        p95: quantileOf(played.decisionMilliseconds, 0.95),
      },
    };
  }
}

function quantileOf(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}
