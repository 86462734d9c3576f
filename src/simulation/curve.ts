import type { Configuration } from '../space/types.js';
import type { BenchmarkTask } from './benchmark.js';

/** What training one configuration costs and gives, by epoch: index 0 is the end of epoch 1. */
export interface Curve {
  /** Cumulative; never falling, >= 0. */
  readonly seconds: readonly number[];
  /** In the unit of the benchmark, percent or [0, 1]. */
  readonly accuracy: readonly number[];
}

/** Where curves come from: a table, or a surrogate. A function of its arguments alone. */
export interface CurveSource {
  /** @throws InputError where there is no curve of this task. */
  curve(task: BenchmarkTask, configuration: Configuration): Curve;
}

/** Seconds as the benchmark's rule reads them: their running maximum, clipped at 0. */
export function cumulativeSeconds(raw: readonly number[]): readonly number[] {
  let most = 0;
  return raw.map((seconds) => {
    most = Math.max(most, seconds);
    return most;
  });
}

/** Seconds until the end of an epoch; 0 for epoch 0. Epochs beyond the curve count as its last one. */
export function secondsUntil(curve: Curve, epoch: number): number {
  return epoch <= 0 ? 0 : (curve.seconds[Math.min(epoch, curve.seconds.length) - 1] ?? 0);
}

/** Accuracy at the end of an epoch, at least 1. */
export function accuracyAfter(curve: Curve, epoch: number): number {
  return curve.accuracy[Math.min(epoch, curve.accuracy.length) - 1] ?? 0;
}

/** How many epochs, at most `most`, a training that has finished `from` of them ends with after `seconds` more. */
export function epochsWithin(curve: Curve, from: number, seconds: number, most: number): number {
  let epoch = from;
  while (epoch < most && secondsUntil(curve, epoch + 1) - secondsUntil(curve, from) <= seconds) epoch++;
  return epoch;
}

/** Curves kept at most, some 50 MB of a hundred epochs each; then all are forgotten. */
const mostRemembered = 30_000;

/** Remembers the curves of a source: the same configurations are asked for again and again. */
export function remembered(source: CurveSource, key: (configuration: Configuration) => string): CurveSource {
  const curves = new Map<string, Curve>();
  return {
    curve(task, configuration) {
      const name = `${task.id} ${key(configuration)}`;
      const known = curves.get(name);
      if (known) return known;
      const curve = source.curve(task, configuration);
      if (curves.size >= mostRemembered) curves.clear();
      curves.set(name, curve);
      return curve;
    },
  };
}
