import { parentPort, workerData } from 'node:worker_threads';
import type { BatchPart } from '../data/batches.js';
import { openPack } from '../data/pack/open.js';
import { engineOfProcess } from '../engine/choose.js';
import { failedAnswer, type ReplicaAnswer, type SharedVectors, serveReplica } from './replica-server.js';
import { openReplica, type ReplicaSetup } from './replica-setup.js';

/** What the first replica hands to the thread of another one. */
export interface ReplicaWorkerData {
  readonly setup: ReplicaSetup;
  readonly part: BatchPart;
  readonly shared: SharedVectors;
}

if (parentPort === null) throw new Error('this module runs in a worker thread');
const port = parentPort;
const { setup, part, shared } = workerData as ReplicaWorkerData;
const env = { ...process.env, HYPERBUDGET_ENGINE: setup.engine };
const { engine } = await engineOfProcess(env, () => performance.now() / 1000);
const betweenRuns = () => port.postMessage({ type: 'working' } satisfies ReplicaAnswer);
// People hear the first replica; what this one says is in the log.
const tell = (message: string) => console.error(message);
try {
  serveReplica(port, await openReplica(setup, part, engine, openPack(setup.data), { tell, betweenRuns }), shared);
} catch (error) {
  port.postMessage(failedAnswer(error));
}
