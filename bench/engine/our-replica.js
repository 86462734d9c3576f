// A replica as the trainer uses it, on the batches of the bench. As a worker thread: one of the other replicas of a team.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { smoothedTargets } from '../../dist/data/targets.js';
import { engineOfProcess } from '../../dist/engine/choose.js';
import { describeNetwork } from '../../dist/network/describe.js';
import { Replica } from '../../dist/training/replica.js';
import { serveReplica } from '../../dist/training/replica-server.js';
import { readData } from './worker.js';

/** An endless stream of one part of every batch. */
function batchesOf(batches, { side }, { index, of }) {
  let place = 0;
  const parts = batches.map(({ images, labels, count }) => {
    const [begin, end] = [Math.floor((index * count) / of), Math.floor(((index + 1) * count) / of)];
    const bytes = side * side * 3;
    return {
      images: images.slice(begin * bytes, end * bytes),
      labels: labels.slice(begin, end),
      mixed: null,
      count: end - begin,
    };
  });
  return { next: () => parts[place++ % parts.length], state: () => ({ epoch: 0, position: 0 }) };
}

/** Loads the job's network on an engine and sets its first values. */
export async function openReplica(job, engine, part) {
  const { weights, norms, batches } = readData(job);
  const plan = describeNetwork(job.network);
  const session = await engine.load(plan.programs, Math.ceil(job.batch / part.of));
  const own = new Map([...plan.initialValues('bench')]);
  for (const suffix of ['', '.average']) own.set(`weights${suffix}`, weights).set(`norms${suffix}`, norms);
  for (const [name, values] of own) await session.write(name, values);
  const replica = new Replica({
    session,
    precision: engine.precision,
    programs: plan.programs,
    batches: batchesOf(batches, job, part),
    targets: (labels) => smoothedTargets(labels, job.classes, job.labelSmoothing),
    sides: [job.side],
    partSize: Math.ceil(job.batch / part.of),
    classes: job.classes,
    maxImages: job.batch,
    // A clock that stands still: no batch is cut in two because a step took long.
    now: () => 0,
    tell: (message) => console.error(message),
  });
  return { replica, session, parameters: plan.parameters };
}

if (!isMainThread) {
  const { job, part, shared } = workerData;
  const { engine } = await engineOfProcess(process.env, () => performance.now() / 1000);
  const { replica } = await openReplica(job, engine, part);
  serveReplica(parentPort, { replica, infer: () => Promise.reject(new Error('this replica only trains')) }, shared);
}
