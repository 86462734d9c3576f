import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { TrainingPrograms } from '../program/types.js';
import type { Engine, Feed } from './engine.js';

export interface ThroughputOptions {
  readonly batchSize: number;
  /** Side of the images in pixels. */
  readonly side: number;
  readonly classes: number;
  /** Seconds to measure at most, warm-up not included; a fifth of them goes to inference. */
  readonly seconds: number;
}

export interface Throughput {
  /** Images a second in training, the update after each batch included. */
  readonly trainImagesPerSecond: number;
  readonly inferenceImagesPerSecond: number;
}

/** Steps before the clock starts: by then the engine has compiled its code and grown its memory. */
const warmUpSteps = 3;

/** Measuring ends early once so many steps agree so well: their mean has a standard error below this part of it. */
const agreement = { steps: 10, error: 0.02 } as const;

/** Pixels whose values do not matter, but are not all alike either. */
function pixels(count: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** Mean seconds of a step, over as many steps as it takes to know them or as there is time for. */
async function stepSeconds(run: () => Promise<void>, seconds: number, nowSeconds: () => number): Promise<number> {
  for (let step = 0; step < warmUpSteps; step += 1) await run();
  const begin = nowSeconds();
  const steps: number[] = [];
  let before = begin;
  do {
    await run();
    const now = nowSeconds();
    steps.push(now - before);
    before = now;
  } while (before - begin < seconds && !agree(steps));
  return mean(steps);
}

function agree(steps: readonly number[]): boolean {
  if (steps.length < agreement.steps) return false;
  const own = [...steps];
  return sampleStandardDeviation(own) / Math.sqrt(own.length) < agreement.error * mean(own);
}

/**
 * Trains and evaluates on random images for a while, the shorter the less its steps differ.
 * @param nowSeconds a clock.
 * @throws OutOfMemoryError when a batch does not fit.
 */
export async function measureThroughput(
  engine: Engine,
  programs: TrainingPrograms,
  initialValues: ReadonlyMap<string, Float32Array>,
  { batchSize, side, classes, seconds }: ThroughputOptions,
  nowSeconds: () => number,
): Promise<Throughput> {
  const images = pixels(batchSize * side * side * 3);
  const targets = new Float32Array(batchSize * classes);
  for (let image = 0; image < batchSize; image += 1) targets[image * classes + (image % classes)] = 1;
  // The optimiser's numbers do not matter here; all of them are in (0, 1).
  const rates: Readonly<Record<string, Feed>> = Object.fromEntries(
    Object.keys(programs.apply.inputs).map((name) => [name, Float32Array.of(0.01)]),
  );
  const masks: Readonly<Record<string, Feed>> = Object.fromEntries(
    (programs.masks ?? []).map(({ name, perImage }) => [name, new Float32Array(batchSize * perImage).fill(1)]),
  );
  const session = await engine.load(programs, batchSize);
  const train = async () => {
    await session.run('accumulate', { images, targets, lossScale: Float32Array.of(1), ...masks });
    await session.run('apply', rates);
  };
  const infer = async () => {
    await session.run('evaluate', { images });
  };
  const rate = async (run: () => Promise<void>, share: number) =>
    batchSize / (await stepSeconds(run, share * seconds, nowSeconds));
  try {
    for (const [name, values] of initialValues) session.write(name, values);
    const trainImagesPerSecond = await rate(train, 0.8);
    return { trainImagesPerSecond, inferenceImagesPerSecond: await rate(infer, 0.2) };
  } finally {
    session.dispose();
  }
}
