import type { BatchPosition } from '../data/batches.js';
import { OutOfMemoryError, type Session } from '../engine/engine.js';
import type { InferenceRequest, StepResult, Trainer } from './replicas.js';
import type { StepScalars } from './step-scalars.js';

/**
 * A trainer whose first step may run out of memory once: it is then made again with less of it, in fresh sessions, and the step repeated. Nothing
 * had been trained by then, so nothing is lost. Later steps take what the first has taken.
 */
export class FirstStepTrainer implements Trainer {
  /**
   * @param trainer the trainer to begin with.
   * @param openSmaller opens one that holds fewer activations; null where none can, and once a step has been made.
   */
  constructor(
    private trainer: Trainer,
    private openSmaller: (() => Promise<Trainer>) | null,
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

  async step(scalars: StepScalars): Promise<StepResult> {
    const { openSmaller } = this;
    this.openSmaller = null;
    try {
      return await this.trainer.step(scalars);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError) || openSmaller === null) throw error;
      console.error(
        `the first step ran out of memory (${error.message.split('\n', 1)[0]}): it is tried once more with half the activations`,
      );
      await this.trainer.dispose();
      this.trainer = await openSmaller();
      return await this.trainer.step(scalars);
    }
  }

  infer(request: InferenceRequest): Promise<Float32Array> {
    return this.trainer.infer(request);
  }

  dispose(): Promise<void> {
    return this.trainer.dispose();
  }
}
