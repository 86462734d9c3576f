import { Worker } from 'node:worker_threads';
import { type BatchRing, createRing, giveBack, isMade, wholeBatch } from './batch-ring.js';
import type { BatchWorkerData, BatchWorkerMessage } from './batch-worker.js';
import { advance, type BatchPosition, type BatchSettings, checkPosition, type ImageBatch, mixes } from './batches.js';
import { DamagedDataError } from './damage.js';
import { imagesPerPass } from './items.js';
import type { PackedDataset } from './types.js';

export interface PrefetchOptions {
  readonly pack: Pick<PackedDataset, 'directory' | 'resolutions'>;
  /** Side of the images to read. */
  readonly resolution: number;
  readonly settings: BatchSettings;
  /** Where the stream begins. */
  readonly start: BatchPosition;
  /** Threads that make the batches together, at least 1 and at most an image each. */
  readonly workers: number;
  /** How long a batch may take; a thread that is silent for longer is lost. */
  readonly timeoutSeconds: number;
  /** Starts a thread; default: one that makes batches. */
  readonly startWorker?: (workerData: BatchWorkerData) => Worker;
}

function startBatchWorker(workerData: BatchWorkerData): Worker {
  return new Worker(new URL('./batch-worker.js', import.meta.url), { workerData });
}

/**
 * The stream of `TrainingBatches`, made ahead of its use by other threads: bit for bit the same, also after it has been put aside. What goes wrong
 * in a thread is an error of the first batch that it has not made; a thread that ends or stays silent is an error, never a hang.
 */
export class PrefetchedBatches {
  private readonly ring: BatchRing;
  private readonly workers: readonly Worker[];
  private readonly count: number;
  private taken = 0;
  private at: BatchPosition;
  private failure: Error | null = null;
  private wake: () => void = () => undefined;

  constructor(private readonly options: PrefetchOptions) {
    const { resolution, settings, start, workers: of } = options;
    const { directory, resolutions } = options.pack;
    const pack = { directory, resolutions };
    this.count = imagesPerPass(settings.items);
    checkPosition(start, this.count);
    this.at = start;
    const ring = createRing(settings.batchSize, resolution ** 2 * 3, of, mixes(settings));
    this.ring = ring;
    const begin = options.startWorker ?? startBatchWorker;
    this.workers = Array.from({ length: of }, (_, index) =>
      begin({ pack, resolution, settings, start, ring, part: { index, of } }),
    );
    for (const worker of this.workers) {
      worker.on('message', (message: BatchWorkerMessage) => this.hear(message));
      worker.on('error', (error) => this.fail(error));
      worker.on('exit', (code) => this.fail(new Error(`a thread that makes batches ended with code ${code}`)));
    }
  }

  state(): BatchPosition {
    return this.at;
  }

  /** Holds for batches that are not yet made, a few after the next one. @param strength in [0, 1] */
  regularise(strength: number): void {
    this.ring.strength[0] = strength;
  }

  /**
   * The next batch; it stays as it is until the next call.
   * @throws DamagedDataError where an image could not be read; Error where a thread has ended or is silent.
   */
  async next(): Promise<ImageBatch> {
    giveBack(this.ring, this.taken);
    while (!isMade(this.ring, this.taken)) {
      if (this.failure !== null) throw this.failure;
      await this.news();
    }
    const batch = wholeBatch(this.ring, this.taken);
    this.taken++;
    this.at = advance(this.at, this.options.settings.batchSize, this.count);
    return batch;
  }

  async close(): Promise<void> {
    this.fail(new Error('the batches were closed'));
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  /** Resolves when a thread has said something, or has been silent for too long. */
  private news(): Promise<void> {
    const { timeoutSeconds } = this.options;
    return new Promise((resolve) => {
      const silent = (): void => this.fail(new Error(`a thread that makes batches was silent for ${timeoutSeconds} s`));
      // This thread may have been busy itself: what has been said by now is heard before the verdict.
      const timer = setTimeout(() => setImmediate(() => this.wake === heard && silent()), timeoutSeconds * 1000);
      const heard = (): void => {
        clearTimeout(timer);
        this.wake = () => undefined;
        resolve();
      };
      this.wake = heard;
    });
  }

  private hear(message: BatchWorkerMessage): void {
    if (message.type === 'made') this.wake();
    else this.fail(message.kind === 'data' ? new DamagedDataError(message.message) : new Error(message.message));
  }

  /** The first failure stays: whoever waits now or asks later gets it. */
  private fail(error: Error): void {
    this.failure ??= error;
    this.wake();
  }
}
