import { Worker } from 'node:worker_threads';
import type { PackedDataset } from '../data/types.js';
import type { Engine } from '../engine/engine.js';
import { fewestPartImages } from '../program/side-by-side.js';
import { ThreadReplica } from './remote-replica.js';
import { openReplica, type ReplicaSetup } from './replica-setup.js';
import type { ReplicaWorkerData } from './replica-worker.js';
import { ReplicaTeam, type Trainer } from './replicas.js';

/** Longer than any run of a program, between which a thread says that it works: one that is silent for so long is lost. */
const answerTimeoutSeconds = 60;

/** How many replicas use so many threads: one where the engine's sessions use them all by themselves. */
export function replicaCount(engine: Pick<Engine, 'parallel'>, threads: number, batchSize: number): number {
  if (engine.parallel) return 1;
  return Math.max(1, Math.min(threads, Math.floor(batchSize / fewestPartImages)));
}

/** More threads than this make more batches than any device takes. */
const mostBatchWorkers = 4;

/**
 * How many threads make batches ahead of their use. An engine on a device of its own leaves the cores to them. One that shares the cores in one session
 * would leave them all idle while its thread makes a batch: one other thread costs less. Replicas make their batches side by side as it is, and on a single
 * core nothing is gained.
 */
export function batchWorkerCount(engine: Pick<Engine, 'exclusive' | 'parallel'>, threads: number): number {
  if (engine.exclusive) return Math.min(mostBatchWorkers, Math.max(1, threads - 1));
  return engine.parallel && threads > 1 ? 1 : 0;
}

function shared(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

/**
 * Loads one replica on this thread and the others on threads of their own; with one replica there is no other thread.
 * @param tell says what people should know.
 */
export async function startTrainer(
  setup: ReplicaSetup,
  replicas: number,
  engine: Engine,
  pack: PackedDataset,
  tell: (message: string) => void,
): Promise<Trainer> {
  const local = await openReplica(setup, { index: 0, of: replicas }, engine, pack, { tell });
  const total = shared(local.replica.exchangeNumbers);
  const remotes = Array.from({ length: replicas - 1 }, (_, index) => {
    const contribution = shared(total.length);
    const workerData: ReplicaWorkerData = {
      setup,
      part: { index: index + 1, of: replicas },
      shared: { contribution, total },
    };
    const worker = new Worker(new URL('./replica-worker.js', import.meta.url), { workerData });
    return new ThreadReplica(worker, contribution, answerTimeoutSeconds);
  });
  const trainer = new ReplicaTeam(local, remotes, total);
  try {
    await Promise.all(remotes.map((remote) => remote.ready()));
  } catch (error) {
    await trainer.dispose();
    throw error;
  }
  return trainer;
}
