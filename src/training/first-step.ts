import type { BatchPosition } from '../data/batches.js';
import { OutOfMemoryError, type Session } from '../engine/engine.js';
import type { InferenceRequest, StepResult, Trainer } from './replicas.js';
import type { StepScalars } from './step-scalars.js';

/** A trainer that would hold fewer activations than another. */
export interface SmallerTrainer {
  /** Part of the other's activations, in (0, 1). */
  readonly share: number;
  open(): Promise<Trainer>;
}

/**
 * A trainer whose first step, or its preparation, may run out of memory once: it is then made again with less of it, in fresh sessions, and the step
 * repeated. Nothing
 * had been trained by then, so nothing is lost. Later steps take what the first has taken.
 */
export class FirstStepTrainer implements Trainer {
  private isFirst = true;
  private strength = 1;

  /**
   * @param trainer the trainer to begin with.
   * @param findSmaller looks for one that holds fewer activations; gives null where none can.
   * @param tell says in words what is tried again.
   */
  constructor(
    private trainer: Trainer,
    private readonly findSmaller: () => SmallerTrainer | null,
    private readonly tell: (message: string) => void,
  ) {}

  get session(): Session {
    return this.trainer.session;
  }

  get batches(): BatchPosition | null {
    return this.trainer.batches;
  }

  get replicas(): number {
    return this.trainer.replicas;
  }

  regularise(strength: number): void {
    this.strength = strength;
    this.trainer.regularise(strength);
  }

  prepare(): Promise<void> {
    return this.attempt((trainer) => trainer.prepare());
  }

  step(scalars: StepScalars, side?: number): Promise<StepResult> {
    return this.attempt((trainer) => trainer.step(scalars, side));
  }

  private async attempt<T>(run: (trainer: Trainer) => Promise<T>): Promise<T> {
    const { isFirst } = this;
    this.isFirst = false;
    try {
      return await run(this.trainer);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError) || !isFirst) throw error;
      const smaller = this.findSmaller();
      if (smaller === null) throw error;
      const [reason] = error.message.split('\n', 1);
      const percent = Math.max(1, Math.floor(100 * smaller.share));
      this.tell(
        `the first step ran out of memory (${reason}): it is tried once more with ${percent} % of the activations`,
      );
      await this.trainer.dispose();
      this.trainer = await smaller.open();
      this.trainer.regularise(this.strength);
      return await run(this.trainer);
    }
  }

  infer(request: InferenceRequest): Promise<Float32Array> {
    return this.trainer.infer(request);
  }

  recalibrate(request: InferenceRequest, seen: number): Promise<void> {
    return this.trainer.recalibrate(request, seen);
  }

  dispose(): Promise<void> {
    return this.trainer.dispose();
  }
}
