import type { Benchmark, BenchmarkTask } from './benchmark.js';
import type { CurveSource } from './curve.js';
import { Simulation, type SimulationResult, type SimulationSettings } from './simulate.js';

/** Which studies are played. */
export interface Selection extends SimulationSettings {
  readonly tasks: readonly BenchmarkTask[];
  /** In mean full trainings of the task. */
  readonly budgets: readonly number[];
  readonly seeds: readonly number[];
}

/** Plays each task with each budget and seed, seed by seed, so that what has been played at any time is comparable. */
export async function* playAll(
  benchmark: Benchmark,
  source: CurveSource,
  selection: Selection,
): AsyncGenerator<{ readonly result: SimulationResult; readonly done: number; readonly total: number }> {
  const { tasks, budgets, seeds } = selection;
  const simulation = new Simulation(benchmark, source);
  const total = tasks.length * budgets.length * seeds.length;
  let done = 0;
  for (const seed of seeds) {
    for (const task of tasks) {
      for (const k of budgets) {
        const result = await simulation.play(task, k, seed, selection);
        done++;
        yield { result, done, total };
      }
    }
  }
}
