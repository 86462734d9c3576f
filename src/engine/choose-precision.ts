import { messageOf } from '../errors.js';
import type { Precision } from '../program/precision.js';
import type { Engine, PrecisionTrial } from './engine.js';
import type { StepMeasurement } from './trial-step.js';

/** A loss further from that of f32 than this part of it is a sign of wrong arithmetic, not of rounding. */
const tolerance = 0.05;

/** Lower precision has to be this much faster to be worth its rounding. */
const worthwhile = 1.05;

interface Tried extends StepMeasurement {
  readonly engine: Engine;
}

/**
 * Makes the engine in every precision, trains a small network for a moment in each and takes the fastest whose loss is that of f32 up to rounding.
 * @param precisions those that the hardware could run, f32 first.
 * @param create makes the engine. @throws whatever the first throws; another precision that fails is told in the trials.
 */
export async function choosePrecision(
  precisions: readonly Precision[],
  create: (precision: Precision) => Promise<Engine>,
  measure: (engine: Engine) => Promise<StepMeasurement>,
): Promise<{ readonly engine: Engine; readonly trials: readonly PrecisionTrial[] }> {
  const [first = 'f32', ...others] = precisions;
  const only = await create(first);
  if (others.length === 0) return { engine: only, trials: [] };
  const reference: Tried = { engine: only, ...(await measure(only)) };
  let best = reference;
  const trials: PrecisionTrial[] = [{ precision: first, imagesPerSecond: reference.imagesPerSecond, problem: null }];
  for (const precision of others) {
    try {
      const engine = await create(precision);
      const measured: Tried = { engine, ...(await measure(engine)) };
      const { imagesPerSecond, loss } = measured;
      const right = Math.abs(loss / reference.loss - 1) <= tolerance;
      const problem = right ? null : `its loss is ${loss.toFixed(4)}, that of ${first} ${reference.loss.toFixed(4)}`;
      trials.push({ precision, imagesPerSecond, problem });
      if (right && imagesPerSecond > worthwhile * best.imagesPerSecond) best = measured;
    } catch (error) {
      trials.push({ precision, imagesPerSecond: 0, problem: messageOf(error) });
    }
  }
  return { engine: best.engine, trials };
}
