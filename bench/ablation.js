// Choices of a training, with and without, at equal seconds: `npm run bench -- ablation [FILE|DATA SET] [options]`. See bench/README.md.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InputError } from '../dist/errors.js';
import { ablationTable } from './accuracy/ablation-table.js';
import { positive, runOptions, runsOf, withArguments } from './accuracy/arguments.js';
import { dataSetOf, prepareData } from './accuracy/data-sets.js';
import { ResultLines } from './accuracy/result-lines.js';
import { programRevision, waitedForSeconds } from './accuracy/run-child.js';
import { chosenEngine, finalTraining, packFor } from './accuracy/training.js';
import { readAblation, readVariant, trainingsOf, turns } from './accuracy/variants.js';
import { describeMachine, quietCores, watchingOthers } from './engine/machine.js';

/** What a new process takes before its first training, for the estimate. */
const startSeconds = 4;

const options = {
  ...runOptions,
  data: { type: 'string' },
  seconds: { type: 'string' },
  variants: { type: 'string' },
  variant: { type: 'string', multiple: true, default: [] },
};

function readFile(name) {
  const own = fileURLToPath(new URL(`accuracy/ablations/${name}.yaml`, import.meta.url));
  const path = existsSync(name) || !existsSync(own) ? name : own;
  if (!existsSync(path)) throw new InputError(name, 'a file of an ablation, or a data set', 'neither', 'fashion-mnist');
  return readAblation(readFileSync(path, 'utf8'), path);
}

/** @throws InputError for what is not as expected. */
function readArguments({ values, positionals }) {
  const file = readFile(positionals[0] ?? 'fashion-mnist');
  // What is given on the command line is what is asked for.
  const given = Object.assign({}, ...values.variant.map(readVariant));
  const chosen = values.variants?.split(',').map((name) => name.trim());
  const names = chosen ?? (values.variant.length > 0 ? [] : undefined);
  const variants = { ...file.variants, ...given };
  const data = values.data ?? file.data;
  dataSetOf(data);
  return {
    ...{ data, ...runsOf(values) },
    seconds: positive('--seconds', values.seconds ?? file.seconds, false),
    trainings: trainingsOf({ base: file.base, variants }, names && [...new Set([...names, ...Object.keys(given)])]),
  };
}

const keyOf = ({ data, seconds, revision, engine, split, seed, training }) =>
  JSON.stringify([data, seconds, revision, engine, split, seed, training]);

/** A training that diverges has predicted nothing, and scores as much. */
async function trained(training, folder, terms) {
  try {
    return await finalTraining(training, folder, terms);
  } catch (error) {
    if (error.reason !== 'diverged') throw error;
    return { accuracy: 0, trainSeconds: null, images: null, epochs: null, ended: error.message };
  }
}

/** One training, or what an earlier call has found. */
async function measure(training, folder, terms, results) {
  const { name, changes, configuration, plain, options: given } = training;
  const measurement = { ...terms, training: { configuration, plain, ...given } };
  const known = results.of(measurement);
  if (known) return { ...known, variant: name };
  const before = waitedForSeconds();
  const { result, othersCores } = await watchingOthers(
    () => trained(training, folder, terms),
    () => waitedForSeconds() - before,
  );
  const line = { variant: name, changes, ...result, othersCores, ...measurement };
  results.add(line);
  const others = othersCores > quietCores ? `, ${othersCores.toFixed(1)} cores busy with other things` : '';
  console.error(`split ${terms.split} seed ${terms.seed} ${name}: ${(100 * result.accuracy).toFixed(2)} %${others}`);
  return line;
}

async function ablate({ data, seconds, seeds, splits, trainings, output }) {
  const { about, heldOut } = dataSetOf(data);
  const { processor, cores } = describeMachine();
  const revision = programRevision();
  console.error(`${about}. Scored on ${heldOut}.`);
  const pins = await chosenEngine();
  const engine = `${pins.engine} ${pins.precision}`;
  console.error(`${seconds} s each; ${engine} on ${processor}, ${cores} cores; program ${revision}`);
  const runs = splits.length * seeds.length * trainings.length;
  console.error(`${runs} runs, about ${Math.ceil((runs * (seconds + startSeconds)) / 60)} minutes in all`);
  const results = new ResultLines(output, keyOf);
  const lines = [];
  let round = 0;
  for (const split of splits) {
    const { directory, labels } = await prepareData(data, 'choosing', split);
    const packs = new Map();
    for (const training of trainings) packs.set(training.name, await packFor(training, directory));
    for (const seed of seeds) {
      for (const training of turns(trainings, round++))
        lines.push(
          await measure(
            training,
            { pack: packs.get(training.name), labels, pins },
            { data, seconds, revision, engine, split, seed },
            results,
          ),
        );
    }
  }
  const print = output === undefined ? console.error : console.log;
  print(`\n${ablationTable(lines).join('\n')}`);
  const busy = lines.filter(({ othersCores }) => othersCores > quietCores).length;
  if (busy > 0) print(`In ${busy} of ${lines.length} runs other programs used the machine.`);
}

export const main = (words) => withArguments('ablation', words, { options }, (given) => ablate(readArguments(given)));
