// How short trainings rank configurations, by what they are short of: `npm run bench -- proxies [options]`. See bench/README.md.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import seedrandom from 'seedrandom';
import { InputError } from '../dist/errors.js';
import { parseSearchSpace } from '../dist/space/parse.js';
import { sampleConfiguration } from '../dist/space/sample.js';
import { localMachine } from '../dist/study/request.js';
import { positive, withArguments } from './accuracy/arguments.js';
import { dataSetOf, prepareData } from './accuracy/data-sets.js';
import { inFolder } from './accuracy/in-folder.js';
import { proxyOf, proxyTable } from './accuracy/proxies.js';
import { ResultLines } from './accuracy/result-lines.js';
import { programRevision } from './accuracy/run-child.js';
import { chosenEngine, packFor, trainFinal, trainRung } from './accuracy/training.js';
import { withTrialProcess } from './accuracy/trial-process.js';
import { trainingOf } from './accuracy/variants.js';
import { describeMachine } from './engine/machine.js';

const options = {
  data: { type: 'string', default: 'clothing14' },
  space: { type: 'string' },
  configurations: { type: 'string', default: '24' },
  seconds: { type: 'string', default: '60' },
  ends: { type: 'string', default: '2' },
  lengths: { type: 'string', default: '0.04,0.11,0.33' },
  proxies: { type: 'string', default: 'full,subset:0.3,subset:0.1+resample,classes:0.5,resolution:0.5' },
  split: { type: 'string', default: '0' },
  seed: { type: 'string', default: '0' },
  runs: { type: 'string' },
  output: { type: 'string', short: 'o' },
};

/** What a training takes beside its steps, for the estimate. */
const ownSeconds = 2;

const spaces = { 28: '../search-spaces/quickstart.yaml', 64: 'accuracy/photos.yaml' };

/** @throws InputError for what is not as expected. */
function readArguments({ values, positionals: [stray] }) {
  if (stray !== undefined) throw new InputError('proxies', 'options only', stray, `--data ${stray}`);
  const { data, output } = values;
  const own = fileURLToPath(new URL(spaces[dataSetOf(data).size], import.meta.url));
  const file = values.space === undefined ? own : resolve(values.space);
  const space = parseSearchSpace(readFileSync(file, 'utf8'), file);
  const random = seedrandom.alea(`proxies:${values.seed}`);
  const count = positive('--configurations', values.configurations);
  return {
    ...{ data, output, split: Number(values.split), seed: Number(values.seed) },
    configurations: Array.from({ length: count }, () => sampleConfiguration(space, random)),
    seconds: positive('--seconds', values.seconds, false),
    ends: positive('--ends', values.ends),
    lengths: values.lengths.split(',').map((text) => positive('--lengths', text, false)),
    proxies: values.proxies.split(',').map((text) => proxyOf(text.trim())),
    mostRuns: values.runs === undefined ? Number.POSITIVE_INFINITY : positive('--runs', values.runs),
  };
}

/** All trainings of a configuration, one after the other, so that a bench which ends early has compared some of them in full. */
function jobsOf(configuration, number, { seconds, ends, lengths, proxies, ...rest }) {
  const terms = {
    data: rest.data,
    split: rest.split,
    seed: rest.seed,
    revision: rest.revision,
    engine: rest.engine,
    number,
    configuration,
  };
  const whole = Array.from({ length: ends }, (_, repetition) => ({ ...terms, kind: 'end', seconds, repetition }));
  const short = lengths.flatMap((length) =>
    proxies.map(({ name }) => ({
      ...terms,
      ...{ kind: 'proxy', seconds: Number((length * seconds).toPrecision(3)), proxy: name },
    })),
  );
  return [...whole, ...short];
}

const keyOf = ({ data, split, seed, revision, engine, configuration, kind, seconds, repetition, proxy }) =>
  JSON.stringify([
    data,
    split,
    seed,
    revision,
    engine,
    configuration,
    kind,
    seconds,
    repetition ?? null,
    proxy ?? null,
  ]);

/** What a job trains. */
function trainingFor({ kind, configuration, proxy }) {
  if (kind === 'end') return trainingOf(configuration, { 'final.useValidation': false });
  const { name: _, ...fidelity } = proxyOf(proxy);
  const settings = Object.entries(fidelity).map(([key, value]) => [`fidelity.${key}`, value]);
  return trainingOf(configuration, Object.fromEntries(settings));
}

/** What the jobs train on, packed once for each side: by job. */
async function packsOf(jobs, directory) {
  const [made, packs] = [new Map(), new Map()];
  for (const job of jobs) {
    const { resolution } = proxyOf(job.proxy ?? 'full');
    const key = JSON.stringify([resolution, job.configuration.resolution]);
    if (!made.has(key)) made.set(key, await packFor(trainingFor(job), directory));
    packs.set(job, made.get(key));
  }
  return packs;
}

/** An end is scored on images that no proxy sees; a proxy as a search would score it. One that diverges has scored nothing. */
async function train(process, job, { pack, labels, slots }) {
  const { kind, seconds, number, seed, repetition = -1 } = job;
  const begin = process.now();
  return await inFolder(async (folder) => {
    const where = { pack, labels, folder, threads: 1, slots };
    const terms = { seconds, seed: 100_000 * seed + 10 * number + repetition + 1 };
    try {
      return await (kind === 'end' ? trainFinal : trainRung)(process, trainingFor(job), where, terms);
    } catch (error) {
      if (error.reason !== 'diverged') throw error;
      return { accuracy: 0, wallSeconds: process.now() - begin, ended: error.message };
    }
  });
}

async function rank(given) {
  const { data, output, split, configurations, mostRuns, ends } = given;
  const { about, heldOut } = dataSetOf(data);
  const { threads: cores } = localMachine(process.env);
  const revision = programRevision();
  const results = new ResultLines(output, keyOf);
  const { directory, labels } = await prepareData(data, 'choosing', split);
  const pins = await chosenEngine();
  const slots = pins.exclusive ? 1 : cores;
  const common = { ...given, revision, engine: `${pins.engine} ${pins.precision}` };
  const all = configurations.flatMap((configuration, number) => jobsOf(configuration, number, common));
  console.error(`${about}. Ends are scored on ${heldOut}.`);
  console.error(
    `${configurations.length} configurations, ${all.length} trainings, ${slots} at a time; ${common.engine} on ` +
      `${describeMachine().processor}, ${cores} cores; program ${revision}`,
  );
  const trainSeconds = all.reduce((sum, job) => sum + job.seconds + ownSeconds, 0) / slots;
  console.error(`about ${Math.ceil(trainSeconds / 60)} minutes in all`);
  const missing = all.filter((job) => results.of(job) === undefined).slice(0, mostRuns);
  const packs = await packsOf(missing, directory);
  const work = async (slot) =>
    await inFolder(async (folder) =>
      withTrialProcess({ folder, threads: 1, cores, pins }, async (process) => {
        for (let job = missing.shift(); job !== undefined; job = missing.shift()) {
          const result = await train(process, job, { pack: packs.get(job), labels, slots });
          results.add({ ...job, ...result, slot });
          const told = job.kind === 'end' ? `end ${job.repetition}` : `${job.seconds} s ${job.proxy}`;
          console.error(`configuration ${job.number} ${told}: ${(100 * result.accuracy).toFixed(2)} %`);
        }
      }),
    );
  if (missing.length > 0) await Promise.all(Array.from({ length: slots }, (_, slot) => work(slot)));
  const lines = all.flatMap((job) => results.of(job) ?? []);
  const print = output === undefined ? console.error : console.log;
  print(`\n${proxyTable(lines, ends).join('\n')}`);
}

export const main = (words) => withArguments('proxies', words, { options }, (given) => rank(readArguments(given)));
