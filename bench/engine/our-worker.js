// Worker of the bench: our engine, named and set by the environment as in a trial process.
import { Worker } from 'node:worker_threads';
import { engineOfProcess } from '../../dist/engine/choose.js';
import { ThreadReplica } from '../../dist/training/remote-replica.js';
import { ReplicaTeam } from '../../dist/training/replicas.js';
import { replicaCount } from '../../dist/training/start-trainer.js';
import { openReplica } from './our-replica.js';
import { norm, readJob, serve } from './worker.js';

const job = readJob();
const { engine } = await engineOfProcess(process.env, () => performance.now() / 1000);
if (engine.precision !== job.precision) {
  throw new Error(`asked for ${job.precision}, the engine chose ${engine.precision}`);
}
const replicas = replicaCount(engine, job.threads, job.batch);
const { replica, session, parameters } = await openReplica(job, engine, { index: 0, of: replicas });
const shared = () => new Float32Array(new SharedArrayBuffer(4 * replica.exchangeNumbers));
const total = shared();
const remotes = Array.from({ length: replicas - 1 }, (_, place) => {
  const contribution = shared();
  const workerData = { job, part: { index: place + 1, of: replicas }, shared: { contribution, total } };
  const thread = new Worker(new URL('./our-replica.js', import.meta.url), { workerData });
  return new ThreadReplica(thread, contribution, 120);
});
await Promise.all(remotes.map((remote) => remote.ready()));
const team = new ReplicaTeam({ replica, infer: undefined, close: () => undefined }, remotes, total);
const { learningRate, momentum, weightDecay, averageRate } = job;

await serve(
  {
    parameters,
    async step() {
      const { lossSum, images } = await team.step({ learningRate, momentum, weightDecay, averageRate });
      return lossSum / images;
    },
    async state() {
      const state = {};
      for (const name of ['weights', 'norms', 'statistics']) {
        for (const variable of [name, `${name}.average`]) state[variable] = norm([await session.read(variable)]);
      }
      return state;
    },
  },
  `${engine.description}, ${engine.precision}${replicas > 1 ? `, ${replicas} replicas` : ''}`,
);
