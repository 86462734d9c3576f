import type { SplitName } from '../data/types.js';
import type { Trainer } from './replicas.js';
import type { View, WeightedView } from './views.js';

type Inference = Pick<Trainer, 'infer' | 'replicas'>;

/** Images a replica predicts between two looks at the clock. */
const chunkPerReplica = 64;

/** Chunks that are timed to know how long a whole split takes. */
const timedRuns = 3;

/** Chunks that are evaluated whatever they take: they are how the speed is known. */
const timedChunks = 2;

/** A score on so many images tells configurations apart that differ by more than a point: near 0.9 its standard error is 0.007. */
const enoughImages = 2000;

/** What judging may take, in seconds. */
export interface EvaluationLimits {
  /** For as many images as are enough to rank by: 2000. */
  readonly enough: number;
  /** For all further ones. */
  readonly further: number;
}

/**
 * What judging a rung may take: 5 % of its training until 2000 images are judged, and no more than 0.3 s and 1 % for what goes beyond. Slow networks,
 * of which a second judges some hundred images only, would else be ranked by chance.
 */
export function evaluationLimits(trainSeconds: number): EvaluationLimits {
  const enough = 0.05 * trainSeconds;
  return { enough, further: Math.min(enough, 0.3 + 0.01 * trainSeconds) };
}

export interface EvaluationOptions {
  readonly trainer: Inference;
  readonly split: SplitName;
  /** Side of the images in pixels. */
  readonly side: number;
  /** By image of the split. */
  readonly labels: Int32Array;
  readonly classes: number;
  /** The split's images, or those of some classes, in an order whose every beginning is stratified. */
  readonly order: Int32Array;
  /** What the evaluation may take; the first two chunks of 64 images a replica are evaluated in any case. */
  readonly limits: EvaluationLimits;
  /** Monotonic clock in seconds. */
  readonly now: () => number;
  /** Before every chunk: how long it may take, as far as known. */
  readonly beforeChunk: (expectedSeconds: number | null) => void;
}

export interface Evaluation {
  /** Top-1, in [0, 1]. */
  readonly score: number;
  /** Mean cross entropy, natural logarithm; not finite when the model has diverged. */
  readonly loss: number;
  readonly images: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** Index of the highest of `classes` values from `offset`; the first of equals. */
function highest(values: Float32Array, offset: number, classes: number): number {
  let best = 0;
  for (let index = 1; index < classes; index++) {
    if ((values[offset + index] ?? 0) > (values[offset + best] ?? 0)) best = index;
  }
  return best;
}

/**
 * Judges the averaged weights on a stratified part of a split: the first chunks are timed, then as many images are taken as the limits allow;
 * a machine that becomes slower meanwhile gets fewer.
 */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { trainer, split, side, labels, order, classes, now } = options;
  const view = { side, mirrored: false, shift: 0 };
  if (labels.length === 0) throw new Error(`cannot evaluate: the ${split} split has no images`);
  if (order.length === 0)
    throw new Error(`cannot evaluate: the ${split} split has no images of the classes trained on`);
  const chunk = chunkPerReplica * trainer.replicas;
  const startedAt = now();
  let [seen, correct, lossSum] = [0, 0, 0];
  let chunkSeconds: number | null = null;

  const evaluateUpTo = async (count: number, until: number): Promise<void> => {
    const end = Math.min(order.length, Math.round(count));
    while (seen < end) {
      const indices = order.slice(seen, Math.min(end, seen + chunk));
      const chunkStartedAt = now();
      // A hair of tolerance: what was just affordable must not fail for a rounding error.
      if (chunkStartedAt + ((chunkSeconds ?? 0) * indices.length) / chunk > until + 1e-6) return;
      options.beforeChunk(chunkSeconds);
      const probabilities = await trainer.infer({ split, indices, view });
      for (const [row, index] of indices.entries()) {
        const label = labels[index] ?? 0;
        if (highest(probabilities, row * classes, classes) === label) correct++;
        lossSum -= Math.log(Math.max(probabilities[row * classes + label] ?? Number.NaN, 1e-12));
      }
      seen += indices.length;
      // A smaller last chunk is slower by the image, and would make the rest seem so.
      if (chunkSeconds === null || indices.length === chunk)
        chunkSeconds = ((now() - chunkStartedAt) / indices.length) * chunk;
    }
  };

  await evaluateUpTo(timedChunks * chunk, Number.POSITIVE_INFINITY);
  const rate = chunk / Math.max(chunkSeconds ?? 0, 1e-6);
  const { enough, further } = options.limits;
  const affordable = (seconds: number) => seen + rate * Math.max(0, seconds - (now() - startedAt));
  await evaluateUpTo(Math.min(enoughImages, affordable(enough)), startedAt + enough);
  await evaluateUpTo(affordable(further), startedAt + further);
  const seconds = now() - startedAt;
  return {
    score: correct / seen,
    loss: lossSum / seen,
    images: seen,
    seconds,
    imagesPerSecond: seen / Math.max(seconds, 1e-6),
  };
}

export interface PredictionOptions {
  readonly trainer: Inference;
  readonly split: SplitName;
  readonly count: number;
  readonly classes: number;
  /** How the images are shown; the first view always counts, the probabilities of all are averaged by their weights. */
  readonly views: readonly [WeightedView, ...WeightedView[]];
  /** Until when on the clock `now` the images may be shown in the further views. */
  readonly until: number;
  readonly now: () => number;
  readonly beforeChunk: (expectedSeconds: number | null) => void;
}

export interface Predictions {
  /** Class index by image. */
  readonly classes: Int32Array;
  /** The images that were shown in each view. */
  readonly images: readonly number[];
  readonly seconds: number;
}

/** Predicts every image of a split. Further views come one after the other and only as long as time allows, so that a prediction always stands. */
export async function predict(options: PredictionOptions): Promise<Predictions> {
  const { trainer, split, count, classes, views, now } = options;
  const chunk = Math.min(count, chunkPerReplica * trainer.replicas);
  const probabilities = new Float32Array(count * classes);
  const startedAt = now();
  let last: { readonly side: number; readonly seconds: number } | null = null;

  const pass = async (view: WeightedView, until: number): Promise<number> => {
    const expected = (): number | null => last && last.seconds * (view.side / last.side) ** 2;
    let begin = 0;
    for (; begin < count && now() + (expected() ?? 0) <= until; begin += chunk) {
      options.beforeChunk(expected());
      const chunkStartedAt = now();
      const indices = Int32Array.from({ length: Math.min(chunk, count - begin) }, (_, index) => begin + index);
      const values = await trainer.infer({ split, indices, view });
      const offset = begin * classes;
      for (const [index, value] of values.entries()) {
        probabilities[offset + index] = (probabilities[offset + index] ?? 0) + view.weight * value;
      }
      // A smaller last chunk says little of the whole ones that the next view begins with.
      if (indices.length === chunk) last = { side: view.side, seconds: now() - chunkStartedAt };
    }
    return Math.min(begin, count);
  };

  const [first, ...further] = views;
  const images = [await pass(first, Number.POSITIVE_INFINITY)];
  for (const view of further) images.push(await pass(view, options.until));
  const best = Int32Array.from({ length: count }, (_, image) => highest(probabilities, image * classes, classes));
  return { classes: best, images, seconds: now() - startedAt };
}

/** Times of predicting chunks of `chunkImages` images each; none where there are no images. */
export interface InferenceTimes {
  readonly chunkImages: number;
  readonly chunkSeconds: readonly number[];
}

/**
 * Times three chunks after a first, slower one; each looks at other images, as a whole prediction will.
 * @param count images of the split.
 * @param turn how often this was measured before: goes on where that ended.
 */
export async function measureInference(
  { trainer, split, now, view }: Pick<PredictionOptions, 'trainer' | 'split' | 'now'> & { readonly view: View },
  count: number,
  turn: number,
): Promise<InferenceTimes> {
  const chunkImages = Math.min(count, chunkPerReplica * trainer.replicas);
  if (chunkImages === 0) return { chunkImages, chunkSeconds: [] };
  const chunk = async (run: number): Promise<number> => {
    const begin = (turn * (timedRuns + 1) + run) * chunkImages;
    const indices = Int32Array.from({ length: chunkImages }, (_, index) => (begin + index) % count);
    const startedAt = now();
    await trainer.infer({ split, indices, view });
    return now() - startedAt;
  };
  await chunk(0);
  const chunkSeconds: number[] = [];
  for (let run = 1; run <= timedRuns; run++) chunkSeconds.push(await chunk(run));
  return { chunkImages, chunkSeconds };
}
