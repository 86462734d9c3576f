import type { Benchmark } from './benchmark.js';
import { accuracyAfter, type CurveSource, secondsUntil } from './curve.js';

/** Vectors are written with four digits. */
const tolerance = 1e-4;

/** Where a source of curves gives something else than the benchmark's test vectors, in words; none where all agree. */
export function vectorProblems(benchmark: Benchmark, source: CurveSource): readonly string[] {
  return benchmark.testVectors.flatMap((vector, index) => {
    const task = benchmark.tasks.find(({ id }) => id === vector.task);
    if (!task) return [`test vector ${index}: task ${vector.task} is not in the file`];
    const curve = source.curve(task, vector.configuration);
    return vector.epochs.flatMap((epoch, at) => [
      ...differing(`test vector ${index}, epoch ${epoch}, seconds`, secondsUntil(curve, epoch), vector.seconds[at]),
      ...differing(`test vector ${index}, epoch ${epoch}, accuracy`, accuracyAfter(curve, epoch), vector.accuracy[at]),
    ]);
  });
}

function differing(what: string, got: number, expected: number | undefined): readonly string[] {
  if (expected === undefined) return [];
  const isNear = Math.abs(got - expected) <= tolerance + 1e-6 * Math.abs(expected);
  return isNear ? [] : [`${what}: expected ${expected}, got ${got}`];
}
