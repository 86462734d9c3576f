import { parentPort, workerData } from 'node:worker_threads';
import { SimulatedLife } from './play.js';
import { scenarioOf } from './scenario.js';

const { seed, first, studies, step } = workerData;

/** Plays every `step`-th study from the `first` on, and tells which is begun and what became of each. */
for (let study = first; study < first + studies; study += step) {
  parentPort.postMessage({ study });
  const life = new SimulatedLife(scenarioOf(seed, study));
  const broken = await life.play().then(
    () => null,
    (error) => String(error instanceof Error ? error.message : error),
  );
  const { created, finished, final } = life.rules.state;
  parentPort.postMessage({
    study,
    broken,
    injected: [...life.injected],
    lives: life.lives,
    events: life.rules.taken,
    mode: life.scenario.mode,
    usedShare: created && finished ? finished.at / created.budgetSeconds : null,
    overshootSeconds: finished ? Math.max(0, finished.at - Math.max(created.budgetSeconds, life.rules.backAt)) : null,
    hasFinal: final.status === 'finished',
  });
}
