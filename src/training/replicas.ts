import type { BatchPosition } from '../data/batches.js';
import type { SplitName } from '../data/types.js';
import type { Session } from '../engine/engine.js';
import type { Replica, StepSum } from './replica.js';
import type { StepScalars } from './step-scalars.js';
import type { View } from './views.js';

/** Images to predict: some of a split, and how they are shown. */
export interface InferenceRequest {
  readonly split: SplitName;
  readonly indices: Int32Array;
  readonly view: View;
}

/** A replica on another thread, as the first one sees it. Every method rejects when the thread has died or does not answer in time. */
export interface RemoteReplica {
  /** Gradients and statistics after `accumulate`, in memory that both threads share. */
  readonly contribution: Float32Array;
  /** @param side of the training images; default: the full one. */
  accumulate(side?: number): Promise<StepSum>;
  prepare(): Promise<void>;
  /** As `Trainer.regularise`; does not wait. */
  regularise(strength: number): void;
  /** Takes gradients and statistics from the shared total, then updates. Does not wait: the next `accumulate` comes after it. */
  apply(scalars: StepScalars, images: number): void;
  infer(request: InferenceRequest): Promise<Float32Array>;
  recalibrate(request: InferenceRequest, seen: number): Promise<void>;
  dispose(): Promise<void>;
}

/** What one step saw and did. */
export interface StepResult extends StepSum {
  /** False where the loss or a gradient was not finite: then weights, slots and averages are those before the step. */
  readonly applied: boolean;
  /** By how much the losses were multiplied for their gradients. */
  readonly lossScale: number;
}

/** Trains and predicts with one or more replicas whose weights are the same after every step. */
export interface Trainer {
  /** The first replica's session: variables, memory. */
  readonly session: Session;
  /** Where the stream of batches stands, the same for all replicas; null without training images. */
  readonly batches: BatchPosition | null;
  /** Replicas at work, at least 1. */
  readonly replicas: number;
  /** Runs the programs that training needs once, without a trace: see `Replica.prepare`. */
  prepare(): Promise<void>;
  /** How strongly the next steps are regularised: as a part, in [0, 1], of what the recipe says; 1 before the first call. */
  regularise(strength: number): void;
  /**
   * One optimiser step on the next batch. No update is made when the loss or a gradient is not finite.
   * @param side of its images; default: the full one.
   */
  step(scalars: StepScalars, side?: number): Promise<StepResult>;
  /** Class probabilities of the averaged weights, float32 [indices, classes]. */
  infer(request: InferenceRequest): Promise<Float32Array>;
  /** As `Replica.recalibrate`, in every replica with all of these images: so they stay the same. */
  recalibrate(request: InferenceRequest, seen: number): Promise<void>;
  dispose(): Promise<void>;
}

/** The first replica together with the means to fetch the images of an inference request. */
export interface LocalReplica {
  readonly replica: Replica;
  readonly infer: (request: InferenceRequest) => Promise<Float32Array>;
  readonly recalibrate: (request: InferenceRequest, seen: number) => Promise<void>;
  /** Gives back the session's memory, the files and the threads that make batches. */
  readonly close: () => void | Promise<void>;
}

/**
 * Data-parallel training: every replica adds up the gradients of its own part of the batch; gradients are summed, batch-norm statistics
 * averaged by images, and every replica makes the same update. Numbers are added in the order of the replicas, so a run can be repeated.
 */
export class ReplicaTeam implements Trainer {
  private strength = 1;

  constructor(
    private readonly local: LocalReplica,
    private readonly remotes: readonly RemoteReplica[],
    /** Memory shared with the remote replicas, of the exchange vector's length; unused without them. */
    private readonly total: Float32Array,
  ) {}

  get session(): Session {
    return this.local.replica.session;
  }

  get batches(): BatchPosition | null {
    return this.local.replica.batches?.state() ?? null;
  }

  get replicas(): number {
    return 1 + this.remotes.length;
  }

  async prepare(): Promise<void> {
    await allOf([this.local.replica.prepare(), ...this.remotes.map((remote) => remote.prepare())]);
  }

  regularise(strength: number): void {
    if (strength === this.strength) return;
    this.strength = strength;
    this.local.replica.regularise(strength);
    for (const remote of this.remotes) remote.regularise(strength);
  }

  async step(scalars: StepScalars, side?: number): Promise<StepResult> {
    const { replica } = this.local;
    const { lossScale } = replica;
    // The others are told first: accumulating blocks this thread.
    const others = this.remotes.map((remote) => remote.accumulate(side));
    const own = replica.accumulate(side);
    const sums = await allOf([own, ...others]);
    const { dataSeconds } = await own;
    const lossSum = sums.reduce((sum, part) => sum + part.lossSum, 0);
    const images = sums.reduce((sum, part) => sum + part.images, 0);
    if (!Number.isFinite(lossSum)) return { lossSum, images, dataSeconds, lossScale, applied: false };
    if (this.remotes.length > 0) {
      await this.combine(sums.map((part) => part.images / images));
      for (const remote of this.remotes) remote.apply(scalars, images);
      replica.importExchange(this.total);
    }
    return { lossSum, images, dataSeconds, lossScale, applied: await replica.apply(scalars, images) };
  }

  /** Total = sum of the gradients, mean of the statistics weighted by each replica's share of the images. */
  private async combine([ownShare = 1, ...shares]: readonly number[]): Promise<void> {
    const { replica } = this.local;
    const { total } = this;
    const { gradientNumbers } = replica;
    await replica.exportExchange(total);
    for (let index = gradientNumbers; index < total.length; index++) total[index] = (total[index] ?? 0) * ownShare;
    for (const [place, { contribution }] of this.remotes.entries()) {
      const share = shares[place] ?? 0;
      for (let index = 0; index < total.length; index++) {
        const weight = index < gradientNumbers ? 1 : share;
        total[index] = (total[index] ?? 0) + weight * (contribution[index] ?? 0);
      }
    }
  }

  async infer({ split, indices, view }: InferenceRequest): Promise<Float32Array> {
    const part = (index: number): InferenceRequest => ({
      split,
      indices: indices.slice(
        Math.floor((index * indices.length) / this.replicas),
        Math.floor(((index + 1) * indices.length) / this.replicas),
      ),
      view,
    });
    const others = this.remotes.map((remote, index) => remote.infer(part(index + 1)));
    const parts = await allOf([this.local.infer(part(0)), ...others]);
    const probabilities = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const values of parts) {
      probabilities.set(values, offset);
      offset += values.length;
    }
    return probabilities;
  }

  async recalibrate(request: InferenceRequest, seen: number): Promise<void> {
    const others = this.remotes.map((remote) => remote.recalibrate(request, seen));
    await allOf([this.local.recalibrate(request, seen), ...others]);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.remotes.map((remote) => remote.dispose()));
    await this.local.close();
  }
}

/** Waits until every promise has settled, then throws the first failure: nobody is still at work when the caller cleans up. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
