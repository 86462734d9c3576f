import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { countsTable, quantile } from '../table.js';
import { SimulatedLife } from './play.js';
import { scenarioOf } from './scenario.js';

const options = {
  studies: { type: 'string', default: '10000' },
  seed: { type: 'string', default: '1' },
  study: { type: 'string' },
  parallel: { type: 'string', default: String(availableParallelism()) },
};

/** One study again, every line of its journal told: how a failing seed is looked into. Returns whether all rules held. */
async function replayOne(seed, study) {
  const scenario = scenarioOf(seed, study);
  const { chance: _, space, ...rest } = scenario;
  console.log(JSON.stringify({ ...rest, scheduler: space.scheduler, budget: space.budget }, null, 2));
  const life = new SimulatedLife(scenario, (at, what) => console.log(at.toFixed(3).padStart(10), what));
  try {
    await life.play();
    console.log('every rule held');
    return true;
  } catch (error) {
    console.log(`broken: ${error.stack}`);
    return false;
  }
}

/** A study that takes longer than this, on a busy machine, never comes to rest. */
const longestSeconds = 60;

/** A thread that plays every `step`-th study; one that does not come to rest is told as broken, and the thread goes on after it. */
function playThread(job, onStudy) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.js', import.meta.url), { workerData: job });
    let study = null;
    let timer = null;
    const giveUp = async () => {
      await worker.terminate();
      onStudy({ ...nothing, study, broken: 'a study comes to rest' });
      const first = study + job.step;
      playThread({ ...job, first, studies: job.studies - (first - job.first) }, onStudy).then(resolve, reject);
    };
    worker.on('message', (message) => {
      clearTimeout(timer);
      study = message.study;
      if ('broken' in message) onStudy(message);
      else timer = setTimeout(giveUp, 1000 * longestSeconds);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (code === 0) resolve();
    });
  });
}

const nothing = { injected: [], lives: 0, events: 0, usedShare: null, overshootSeconds: null, hasFinal: false };

/** Plays the studies in `parallel` threads. */
async function playAll(seed, studies, parallel, onStudy) {
  const jobs = Array.from({ length: parallel }, (_, first) => ({
    seed,
    first,
    studies: studies - first,
    step: parallel,
  }));
  await Promise.all(jobs.map((job) => playThread(job, onStudy)));
}

function printTable(results, seconds) {
  const injected = new Map();
  for (const { injected: counts } of results) {
    for (const [name, count] of counts) injected.set(name, (injected.get(name) ?? 0) + count);
  }
  const sum = (value) => results.reduce((total, result) => total + value(result), 0);
  const calm = results.filter((one) => one.hasFinal && one.lives === 1).map(({ usedShare }) => usedShare);
  console.log(`\n${results.length} studies in ${seconds.toFixed(0)} s`);
  countsTable('injected', injected);
  countsTable('all studies', [
    ['processes', sum(({ lives }) => lives)],
    ['journal lines', sum(({ events }) => events)],
    ['overshoots', results.filter(({ overshootSeconds }) => overshootSeconds > 0).length],
    ['overshoot, max s', Math.max(...results.map(({ overshootSeconds }) => overshootSeconds ?? 0)).toFixed(3)],
    ['with a final model', results.filter(({ hasFinal }) => hasFinal).length],
    ['used %, one process and a final model: p1', (100 * quantile(calm, 0.01)).toFixed(2)],
    ['used %, the same: p50', (100 * quantile(calm, 0.5)).toFixed(2)],
    ['broken', results.filter(({ broken }) => broken !== null).length],
  ]);
}

/** `faults simulate`: whole studies in virtual time, each with faults of its own. Sets the exit code where a rule was broken. */
export async function simulateCommand(words) {
  const { values } = parseArgs({ args: words, options });
  if (values.study !== undefined) {
    if (!(await replayOne(values.seed, Number(values.study)))) process.exitCode = 1;
    return;
  }
  const started = performance.now();
  const results = [];
  await playAll(values.seed, Number(values.studies), Number(values.parallel), (result) => {
    results.push(result);
    if (result.broken === null) return;
    process.exitCode = 1;
    console.log(`study ${result.study}: ${result.broken}`);
    console.log(`  npm run bench -- faults simulate --seed ${values.seed} --study ${result.study}`);
  });
  printTable(results, (performance.now() - started) / 1000);
}
