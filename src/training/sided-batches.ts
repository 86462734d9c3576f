import type { BatchPosition } from '../data/batches.js';
import type { Batch, BatchSource } from './replica.js';

/** A stream of batches whose images all have one side. */
export interface BatchStream {
  next(): Batch | Promise<Batch>;
  state(): BatchPosition;
  readonly regularise?: (strength: number) => void;
  /** Ends the threads that the stream may have. */
  readonly close?: () => Promise<void>;
}

/** A stream of batches in which each may have images of another side: a new stream goes on where the one of the side before has stopped. */
export class SidedBatches implements BatchSource {
  private strength = 1;
  private current: { readonly side: number; readonly stream: BatchStream } | null = null;

  /**
   * @param open opens the stream of a side at a position.
   * @param at where to go on.
   */
  constructor(
    private readonly open: (side: number, at: BatchPosition) => BatchStream,
    private readonly at: BatchPosition = { epoch: 0, position: 0 },
  ) {}

  async next(side: number): Promise<Batch> {
    if (this.current?.side !== side) {
      const at = this.state();
      await this.current?.stream.close?.();
      this.current = { side, stream: this.open(side, at) };
      this.regularise(this.strength);
    }
    return await this.current.stream.next();
  }

  state(): BatchPosition {
    return this.current?.stream.state() ?? this.at;
  }

  regularise(strength: number): void {
    this.strength = strength;
    this.current?.stream.regularise?.(strength);
  }

  async close(): Promise<void> {
    await this.current?.stream.close?.();
  }
}
