import type { BatchPosition } from '../data/batches.js';
import { type MixedLabels, mixedPart } from '../data/targets.js';
import type { Feed, ProgramName, Session } from '../engine/engine.js';
import { elements } from '../program/geometry.js';
import type { Precision } from '../program/precision.js';
import type { TrainingPrograms } from '../program/types.js';
import { firstLossScale, type LossScale, nextLossScale } from './loss-scale.js';
import { longestRunSeconds, MicroBatch } from './micro-batch.js';
import { softmaxInto } from './softmax.js';
import type { StepScalars } from './step-scalars.js';
import { yieldToEvents } from './yield-to-events.js';

/** One batch, or a replica's part of one: `images` holds `count` images one after the other. */
export interface Batch {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  /** Null where no image is mixed with another one. */
  readonly mixed: MixedLabels | null;
  readonly count: number;
}

/** An endless stream of training batches that can be put aside and taken up again. */
export interface BatchSource {
  /** The next batch; it stays as it is until the next call. @param side of the images in pixels. */
  next(side: number): Batch | Promise<Batch>;
  state(): BatchPosition;
  /** How strongly the batches that are made from now on are changed: as a part, in [0, 1], of what the recipe says; 1 before the first call. */
  readonly regularise?: (strength: number) => void;
}

/** Sums over the images of a step, before its update. */
export interface StepSum {
  /** Summed training loss; NaN or infinite when training has diverged. */
  readonly lossSum: number;
  readonly images: number;
  /** Seconds that the replica waited for its batch; of several replicas the first one's. */
  readonly dataSeconds: number;
}

export interface ReplicaParts {
  readonly session: Session;
  /** The engine's: decides whether the loss is scaled. */
  readonly precision: Precision;
  readonly programs: TrainingPrograms;
  /** Null for a replica that only predicts. */
  readonly batches: BatchSource | null;
  /** Target rows for the loss, float32 [labels, classes]. @param strength of regularisation, in [0, 1]. */
  readonly targets: (labels: Int32Array, strength: number, mixed: MixedLabels | null) => Float32Array;
  /** Masks for the images [begin, end) of the replica's part of the batch that began there; default: none. */
  readonly masks?: (
    at: BatchPosition,
    range: readonly [number, number],
    strength: number,
  ) => Readonly<Record<string, Feed>>;
  /** Sides in pixels of the training images, the full one last: `accumulate` and `evaluate` are for that, programs for others carry these in their names. */
  readonly sides: readonly number[];
  /** Most images that the replica gets of a batch. */
  readonly partSize: number;
  readonly classes: number;
  /** Most images a run of a program may hold, for memory's sake. */
  readonly maxImages: number;
  /** Monotonic clock in seconds. */
  readonly now: () => number;
  /** Says what people should know. */
  readonly tell: (message: string) => void;
  /** Between two runs of programs that belong to one call. */
  readonly betweenRuns?: () => void;
}

/** One copy of a network in training: its session and its part of every batch. */
export class Replica {
  /** Of the runs of `accumulate`; batch statistics are those of such a micro-batch. */
  private readonly microBatch: MicroBatch;
  private scaling: LossScale;
  private readonly fullSide: number;
  private strength = 1;
  /** Variables that replicas exchange between `accumulate` and `apply`: gradients, then statistics. */
  private readonly exchanged: readonly { readonly name: string; readonly size: number }[];
  /** Numbers in the exchange vector; `gradientNumbers` of them, the first, are gradients. */
  readonly exchangeNumbers: number;
  readonly gradientNumbers: number;

  constructor(private readonly parts: ReplicaParts) {
    this.microBatch = new MicroBatch(parts.maxImages);
    this.fullSide = parts.sides.at(-1) ?? 0;
    this.scaling = firstLossScale(parts.precision);
    const sizes = new Map(parts.programs.variables.map(({ name, shape }) => [name, elements(shape)]));
    const sized = (names: readonly string[]) => names.map((name) => ({ name, size: sizes.get(name) ?? 0 }));
    const gradients = sized(parts.programs.gradients);
    this.exchanged = [...gradients, ...sized(parts.programs.statistics)];
    this.gradientNumbers = gradients.reduce((sum, { size }) => sum + size, 0);
    this.exchangeNumbers = this.exchanged.reduce((sum, { size }) => sum + size, 0);
  }

  get session(): Session {
    return this.parts.session;
  }

  get batches(): BatchSource | null {
    return this.parts.batches;
  }

  /** How strongly the next batches are regularised: as a part, in [0, 1], of what the recipe says. */
  regularise(strength: number): void {
    this.strength = strength;
    this.parts.batches?.regularise?.(strength);
  }

  /** Adds the gradients of the next batch into the session, in micro-batches of equal size. @param side of its images. */
  async accumulate(side = this.fullSide): Promise<StepSum> {
    const { batches, targets, masks, session, now } = this.parts;
    if (batches === null) throw new Error('a replica without training images cannot train');
    const askedAt = now();
    const at = batches.state();
    const batch = await batches.next(side);
    const dataSeconds = now() - askedAt;
    const imageBytes = batch.images.length / batch.count;
    let lossSum = 0;
    for (const [begin, end] of this.microBatch.parts(batch.count)) {
      if (begin > 0) await this.pause();
      const startedAt = now();
      const { loss } = await session.run(this.nameOf('accumulate', side), {
        images: batch.images.subarray(begin * imageBytes, end * imageBytes),
        targets: targets(
          batch.labels.subarray(begin, end),
          this.strength,
          batch.mixed && mixedPart(batch.mixed, begin, end),
        ),
        lossScale: Float32Array.of(this.lossScale),
        ...masks?.(at, [begin, end], this.strength),
      });
      lossSum += loss?.[0] ?? Number.NaN;
      this.sawRun(side, end - begin, now() - startedAt);
    }
    return { lossSum, images: batch.count, dataSeconds };
  }

  private async pause(): Promise<void> {
    this.parts.betweenRuns?.();
    await yieldToEvents();
  }

  private sawRun(side: number, images: number, seconds: number): void {
    const most = this.microBatch.sawRun(side, images, seconds);
    if (most === null) return;
    this.parts.tell(
      `runs of ${images} images at ${side} px take more than ${longestRunSeconds} s: from the next step on they hold at most ${most} images`,
    );
  }

  private nameOf(program: 'accumulate' | 'evaluate', side: number): ProgramName {
    return side === this.fullSide ? program : `${program}.${side}`;
  }

  /**
   * Runs `accumulate` once at each side, the largest first, and leaves no trace: a step that comes later waits for no compilation, and memory that
   * does not suffice shows at once.
   */
  async prepare(): Promise<void> {
    const { session, classes, sides, partSize, masks } = this.parts;
    const kept = new Float32Array(this.exchangeNumbers);
    await this.exportExchange(kept);
    for (const side of [...sides].sort((a, b) => b - a)) {
      const count = Math.min(this.microBatch.mostImages, partSize);
      await session.run(this.nameOf('accumulate', side), {
        images: new Uint8Array(count * side * side * 3),
        targets: new Float32Array(count * classes),
        lossScale: Float32Array.of(1),
        ...masks?.({ epoch: 0, position: 0 }, [0, count], 1),
      });
      this.microBatch.warmed(side, count);
      await this.pause();
    }
    this.importExchange(kept);
  }

  /** By how much the losses of the next step are multiplied before their gradients are taken. */
  get lossScale(): number {
    return this.scaling.value;
  }

  /**
   * Updates the weights with the gradients of `images` images and clears the gradients. Replicas that are given the same gradients decide alike
   * whether to update and how to scale the next losses.
   * @returns false where a gradient was not finite: then weights, slots and averages are those before the step.
   */
  async apply(scalars: StepScalars, images: number): Promise<boolean> {
    const feeds: Record<string, Feed> = { gradientScale: Float32Array.of(1 / (images * this.lossScale)) };
    for (const [name, value] of Object.entries(scalars)) feeds[name] = Float32Array.of(value);
    const { finite } = await this.parts.session.run('apply', feeds);
    if (finite === undefined) throw new Error('the update program did not say whether the gradients were finite');
    const applied = finite[0] === 1;
    this.scaling = nextLossScale(this.scaling, applied);
    return applied;
  }

  /** Copies the session's gradients and statistics into `target`. */
  async exportExchange(target: Float32Array): Promise<void> {
    let offset = 0;
    for (const { name, size } of this.exchanged) {
      target.set(await this.parts.session.read(name), offset);
      offset += size;
    }
  }

  /** Replaces the session's gradients and statistics by those in `source`. */
  importExchange(source: Float32Array): void {
    let offset = 0;
    for (const { name, size } of this.exchanged) {
      this.parts.session.write(name, source.slice(offset, offset + size));
      offset += size;
    }
  }

  /**
   * Moves the averaged batch-norm statistics towards those of the averaged weights on these images.
   * @param seen images that they are of already: all images count alike.
   */
  async recalibrate(images: Uint8Array, count: number, side: number, seen: number): Promise<void> {
    const imageBytes = images.length / Math.max(1, count);
    const most = this.mostPredicted(side);
    for (let begin = 0; begin < count; begin += most) {
      const end = Math.min(count, begin + most);
      if (begin > 0) await this.pause();
      await this.parts.session.run(`recalibrate.${side}`, {
        images: images.subarray(begin * imageBytes, end * imageBytes),
        rate: Float32Array.of((end - begin) / (seen + end)),
      });
    }
  }

  /** Images of a run that computes no gradients: no more pixels at a time than in training. */
  private mostPredicted(side: number): number {
    return Math.max(1, Math.floor(this.parts.maxImages * Math.min(1, (this.fullSide / side) ** 2)));
  }

  /** Class probabilities of the averaged weights, float32 [count, classes]. @param side of the images. */
  async infer(images: Uint8Array, count: number, side = this.fullSide): Promise<Float32Array> {
    const { session, classes } = this.parts;
    const probabilities = new Float32Array(count * classes);
    const imageBytes = images.length / Math.max(1, count);
    const most = this.mostPredicted(side);
    for (let begin = 0; begin < count; begin += most) {
      const end = Math.min(count, begin + most);
      if (begin > 0) await this.pause();
      const { logits } = await session.run(this.nameOf('evaluate', side), {
        images: images.subarray(begin * imageBytes, end * imageBytes),
      });
      if (logits === undefined) throw new Error('the evaluation program gave no logits');
      softmaxInto(logits, classes, probabilities, begin * classes);
    }
    return probabilities;
  }
}
