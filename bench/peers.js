// Our program against what others would use, at equal wall clock: `npm run bench -- peers [options]`. See bench/README.md.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../dist/errors.js';
import { scoreSubmission } from '../dist/submission/submission.js';
import { chosenOf, positive, runOptions, runsOf, withArguments } from './accuracy/arguments.js';
import { dataSetOf, prepareData } from './accuracy/data-sets.js';
import { inFolder } from './accuracy/in-folder.js';
import { methods, requirePeers } from './accuracy/methods.js';
import { peersTable } from './accuracy/peers-table.js';
import { ResultLines } from './accuracy/result-lines.js';
import { programRevision, runChild } from './accuracy/run-child.js';
import { turns } from './accuracy/variants.js';
import { describeMachine, quietCores } from './engine/machine.js';

const options = {
  ...runOptions,
  data: { type: 'string', default: 'fashion-mnist' },
  minutes: { type: 'string', default: '6' },
  methods: { type: 'string' },
  python: { type: 'string', default: 'python3' },
  size: { type: 'string' },
  space: { type: 'string' },
  runs: { type: 'string' },
};

/** A process that is so much later than its budget is killed, and has failed. */
const graceSeconds = 300;

/** @throws InputError for what is not as expected. */
function readArguments({ values, positionals: [stray] }) {
  if (stray !== undefined) throw new InputError('peers', 'options only', stray, `--data ${stray}`);
  const { data, python, space } = values;
  const names = chosenOf('--methods', methods, values.methods);
  if (names.some((name) => name !== 'ours')) requirePeers(python);
  return {
    ...runsOf(values),
    ...{ data, python, space, names },
    size: positive('--size', values.size ?? dataSetOf(data).size),
    seconds: 60 * positive('--minutes', values.minutes, false),
    mostRuns: values.runs === undefined ? Number.POSITIVE_INFINITY : positive('--runs', values.runs),
  };
}

/** What a run of ours depends on says nothing of the others. */
const keyOf = ({ data, seconds, method, split, seed, size, revision, space }) =>
  JSON.stringify([data, seconds, method, split, seed, ...(method === 'ours' ? [revision, space ?? 'auto'] : [size])]);

/** Whoever runs first must not be the one that fetches the images from the disk. */
function readOnce(directory) {
  for (const name of ['train', 'val', 'test'])
    for (const file of readdirSync(join(directory, name))) readFileSync(join(directory, name, file));
}

async function measure(terms, { directory, labels }, python) {
  const method = methods[terms.method];
  return await inFolder(async (folder) => {
    const { command, parameters, env } = method.command({ ...terms, directory, folder, python });
    const limitSeconds = terms.seconds + graceSeconds;
    const ended = await runChild(command, parameters, { cwd: folder, env, limitSeconds });
    const { status, wallSeconds, othersCores, stdout, stderr } = ended;
    const found = { exit: status, lateSeconds: wallSeconds - terms.seconds, othersCores };
    try {
      const { top1, correct, missing } = scoreSubmission(join(folder, 'submission.csv'), labels);
      return { accuracy: top1, correct, missing, ...found, ...method.story({ folder, stdout }) };
    } catch (error) {
      // Of ours one always stands: without it there is nothing to compare.
      if (terms.method === 'ours') throw new Error(`${error.message}:\n${stderr.slice(-2000)}`, { cause: error });
      return { accuracy: null, ...found, failed: `${error.message}: ${stderr.slice(-500)}` };
    }
  });
}

function tell({ split, seed, method, accuracy, lateSeconds, othersCores }) {
  const score = accuracy === null ? 'no submission' : `${(100 * accuracy).toFixed(2)} %`;
  const late = `${Math.abs(lateSeconds).toFixed(1)} s ${lateSeconds > 0 ? 'late' : 'early'}`;
  const others = othersCores > quietCores ? `, ${othersCores.toFixed(1)} cores busy with other things` : '';
  console.error(`split ${split} seed ${seed} ${method}: ${score}, ${late}${others}`);
}

async function compare({ data, seconds, seeds, splits, names, size, space, python, mostRuns, output }) {
  const { about } = dataSetOf(data);
  const { processor, cores } = describeMachine();
  const revision = programRevision();
  console.error(
    `${about}; ${seconds} s from the start of each process; ${processor}, ${cores} cores; ours ${revision}`,
  );
  for (const name of names) console.error(`  ${name.padEnd(12)}${methods[name].about}`);
  const runs = splits.length * seeds.length * names.length;
  console.error(`${runs} runs, about ${Math.ceil((runs * seconds) / 60)} minutes in all`);
  const results = new ResultLines(output, keyOf);
  const lines = [];
  let [round, made] = [0, 0];
  for (const split of splits) {
    const folder = await prepareData(data, 'comparing', split);
    let isRead = false;
    for (const seed of seeds) {
      for (const method of turns(names, round++)) {
        const terms = { data, seconds, method, split, seed, size, revision, ...(space === undefined ? {} : { space }) };
        const known = results.of(terms);
        if (known !== undefined) lines.push(known);
        if (known !== undefined || made >= mostRuns) continue;
        if (!isRead) readOnce(folder.directory);
        isRead = true;
        const line = { ...terms, ...(await measure(terms, folder, python)) };
        results.add(line);
        lines.push(line);
        tell(line);
        made++;
      }
    }
  }
  const print = output === undefined ? console.error : console.log;
  print(`\n${peersTable(lines.toSorted((a, b) => names.indexOf(a.method) - names.indexOf(b.method))).join('\n')}`);
  const busy = lines.filter(({ othersCores }) => othersCores > quietCores).length;
  if (busy > 0) print(`In ${busy} of ${lines.length} runs other programs used the machine.`);
}

export const main = (words) => withArguments('peers', words, { options }, (given) => compare(readArguments(given)));
