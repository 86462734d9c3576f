// What two processes of one thread bring against one, and on WebAssembly one process of two replicas, as the final run has them.
import { firstSteps, startWorker, takeTurn } from './measure.js';

/**
 * @param cores two cores to pin to; null where processes cannot be pinned.
 * @param onProgress told in words what happens.
 * @returns rounds of images a second: alone, two processes together and, where `replicas` is set, one process of two replicas.
 */
export async function measureSharing(prepared, variant, options, onProgress) {
  const { tools, cores, rounds, turnSeconds, replicas } = options;
  const { batch } = prepared.job;
  const workers = [];
  const start = async (threads, core) => {
    const started = await startWorker(variant, prepared, { tools, threads, core });
    workers.push(started);
    return { ...started, first: await firstSteps(started, turnSeconds) };
  };
  try {
    onProgress(`sharing cores: starting ${variant.label}`);
    const [one, other] = [await start(1, cores?.[0] ?? null), await start(1, cores?.[1] ?? null)];
    const team = replicas ? await start(2, null) : null;
    const rate = async (members, steps) => {
      const { stepSeconds, othersCores } = await takeTurn(members, steps);
      return { imagesPerSecond: stepSeconds.reduce((sum, seconds) => sum + batch / seconds, 0), othersCores };
    };
    const seen = [];
    for (let round = 0; round < rounds; round++) {
      onProgress(`sharing cores, round ${round + 1} of ${rounds}: ${variant.label}`);
      seen.push({
        alone: await rate([one], one.first.steps),
        together: await rate([one, other], one.first.steps),
        replicas: team === null ? null : await rate([team], team.first.steps),
      });
    }
    return seen;
  } finally {
    await Promise.all(workers.map(({ worker }) => worker.end()));
  }
}
