import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.js';
import { type BatchRing, serveRing } from './batch-ring.js';
import { type BatchPart, type BatchPosition, type BatchSettings, TrainingBatches } from './batches.js';
import { DamagedDataError } from './damage.js';
import { openReader } from './reader.js';
import type { PackedDataset } from './types.js';

/** What the thread that trains hands to one that makes its batches. */
export interface BatchWorkerData {
  readonly pack: Pick<PackedDataset, 'directory' | 'resolutions'>;
  /** Side of the images to read. */
  readonly resolution: number;
  readonly settings: BatchSettings;
  /** Where the stream begins. */
  readonly start: BatchPosition;
  readonly ring: BatchRing;
  readonly part: BatchPart;
}

/** Worker → training thread: a part of a batch is there, or there will be no more. */
export type BatchWorkerMessage =
  | { readonly type: 'made' }
  | { readonly type: 'failed'; readonly message: string; readonly kind: 'data' | 'other' };

if (parentPort === null) throw new Error('this module runs in a worker thread');
const port = parentPort;
const say = (message: BatchWorkerMessage): void => port.postMessage(message);
const { pack, resolution, settings, start, ring, part } = workerData as BatchWorkerData;
try {
  const batches = new TrainingBatches(openReader(pack, resolution), settings, start, part);
  serveRing(
    ring,
    part.index,
    (memory) => {
      batches.regularise(ring.strength[0] ?? 1);
      batches.fill(memory);
    },
    () => say({ type: 'made' }),
  );
} catch (error) {
  say({ type: 'failed', message: messageOf(error), kind: error instanceof DamagedDataError ? 'data' : 'other' });
}
