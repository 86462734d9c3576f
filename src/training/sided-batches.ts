import type { BatchPosition } from '../data/batches.js';
import type { Batch, BatchSource } from './replica.js';

/** A stream of batches whose images all have one side. */
export interface BatchStream extends Pick<BatchSource, 'state' | 'restore'> {
  next(): Batch;
}

/** A stream of batches in which each may have images of another side: one stream a side, of which each goes on where the last one stopped. */
export class SidedBatches implements BatchSource {
  private readonly streams = new Map<number, BatchStream>();
  private current: BatchStream | null = null;

  /**
   * @param open opens the stream of a side at its beginning.
   * @param at where to go on.
   */
  constructor(
    private readonly open: (side: number) => BatchStream,
    private at: BatchPosition = { epoch: 0, position: 0 },
  ) {}

  next(side: number): Batch {
    const stream = this.streams.get(side) ?? this.open(side);
    this.streams.set(side, stream);
    if (stream !== this.current) stream.restore(this.state());
    this.current = stream;
    return stream.next();
  }

  state(): BatchPosition {
    return this.current?.state() ?? this.at;
  }

  restore(position: BatchPosition): void {
    this.current = null;
    this.at = position;
  }
}
