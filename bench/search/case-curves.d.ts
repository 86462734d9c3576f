import type { Benchmark, BenchmarkTask } from '../../src/simulation/benchmark.js';
import type { Curve } from '../../src/simulation/curve.js';
import type { Configuration } from '../../src/space/types.js';

/** Types for the tests. */
export declare class CaseSource {
  constructor(name: string, taskCount: number);
  readonly benchmark: Benchmark;
  curve(task: BenchmarkTask, configuration: Configuration): Curve;
  trueCurve(task: BenchmarkTask, configuration: Configuration): Curve;
  sample(id: string, count: number): readonly Configuration[];
  rankCorrelation(epoch: number): number;
}
