import { once } from 'node:events';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InputError } from '../../dist/errors.js';
import { table } from '../../dist/report/table.js';
import { hyperbandBrackets } from '../../dist/scheduler/brackets.js';
import { budgetSeconds, regret } from '../../dist/simulation/benchmark.js';
import { accuracyAfter, remembered } from '../../dist/simulation/curve.js';
import { playStudy } from '../../dist/simulation/play.js';
import { inBenchmark, spaceOf } from '../../dist/simulation/simulate.js';
import { summarize } from '../../dist/simulation/summary.js';
import { configurationKey } from '../../dist/space/encode.js';
import { CaseSource } from './case-curves.js';
import { cases } from './case-definitions.js';

const usual = ['single-rung random', 'asha random', 'hyperband prior', 'model-asha gaussian-process'];

/** `bench -- search cases`: methods on trainings by formula in which short trainings say little about long ones, or much. */
export async function casesCommand(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      cases: { type: 'string', default: Object.keys(cases).join(',') },
      methods: { type: 'string', default: usual.join(',') },
      budgets: { type: 'string', default: '4,8,16,32' },
      seeds: { type: 'string', default: '3' },
      tasks: { type: 'string', default: '3' },
      continuation: { type: 'string', default: 'resume' },
      write: { type: 'string' },
      rows: { type: 'string', default: '1500' },
    },
  });
  const list = (text) => text.split(',').map((word) => word.trim());
  const names = list(values.cases);
  const stray = names.find((name) => !Object.hasOwn(cases, name));
  if (stray !== undefined) throw new InputError('--cases', `cases (${Object.keys(cases).join(', ')})`, stray, 'some');
  const sources = names.map((name) => new CaseSource(name, Number(values.tasks)));
  if (values.write !== undefined) {
    for (const source of sources)
      await writeTable(source, join(values.write, source.benchmark.name), Number(values.rows));
    return;
  }
  const budgets = list(values.budgets).map(Number);
  const rows = [];
  for (const source of sources) {
    console.error(describe(source));
    for (const method of list(values.methods)) {
      const [scheduler, sampler] = method.split(' ');
      const settings = { scheduler, sampler, mode: 'run', continuation: values.continuation };
      const results = await playCase(source, settings, budgets, Number(values.seeds));
      const cells = summarize(results).map(({ regret: one, interval }) => cell(one, interval));
      rows.push([source.benchmark.name, method, ...cells]);
      console.error(rows.at(-1).join('  '));
    }
  }
  console.log(table([['case', 'scheduler, sampler', ...budgets.map((k) => `k=${k}`)], ...rows]).join('\n'));
}

/** What it is, and how far its rungs rank as the end does. */
function describe(source) {
  const [first] = hyperbandBrackets(source.benchmark.minEpoch, source.benchmark.maxEpoch, source.benchmark.eta, true);
  const told = first.map(({ resource }) => `${resource}: ${source.rankCorrelation(resource).toFixed(2)}`);
  return `${source.benchmark.name}: ${source.case.about}. Rank correlation with the end, by epoch: ${told.join(', ')}`;
}

const cell = (one, [low, high]) => `${one.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

/** Scores are those that searches see; what a study ends with is told without their noise. */
async function playCase(source, settings, budgets, seeds) {
  const { benchmark } = source;
  const space = spaceAtTop(spaceOf(benchmark, settings), benchmark);
  const curves = remembered(source, configurationKey);
  const results = [];
  for (const task of benchmark.tasks) {
    for (const k of budgets) {
      for (let seed = 0; seed < seeds; seed++) {
        const played = await playStudy({
          ...{
            space,
            maxEpoch: benchmark.maxEpoch,
            accuracyScale: 1,
            mode: 'run',
            seed,
            evaluatedImages: source.case.images,
          },
          curveOf: (configuration) => curves.curve(task, inBenchmark(configuration)),
          budgetSeconds: budgetSeconds(task, k),
        });
        const { result, state } = played;
        const { configuration } = state.trials[result?.trial ?? 0] ?? {};
        const score = result ? accuracyAfter(source.trueCurve(task, inBenchmark(configuration)), result.epochs) : 0;
        results.push({
          ...{ task: task.id, k, seed, regret: regret(task, score), trials: state.trials.length },
          search_share: played.searchSeconds / budgetSeconds(task, k),
          decision_ms: { p50: 0, p95: 0 },
        });
      }
    }
  }
  return results;
}

/** With a single rung everything is trained to the end: the search that asks nothing of short trainings. */
function spaceAtTop(space, { maxEpoch }) {
  return space.scheduler.kind === 'single-rung'
    ? { ...space, scheduler: { ...space.scheduler, min: maxEpoch } }
    : space;
}

/** A benchmark file and its table, as `hyperbudget simulate` reads them. */
async function writeTable(source, folder, rows) {
  mkdirSync(folder, { recursive: true });
  const { benchmark, file } = source;
  writeFileSync(join(folder, 'benchmark.json'), `${JSON.stringify({ ...file, table: 'curves.jsonl' }, null, 1)}\n`);
  const stream = createWriteStream(join(folder, 'curves.jsonl'));
  for (const task of benchmark.tasks) {
    for (const configuration of source.sample(`table:${task.id}`, rows)) {
      const { seconds, accuracy } = source.curve(task, configuration);
      const line = { task: task.id, configuration, seconds, accuracy };
      if (!stream.write(`${JSON.stringify(line, digits)}\n`)) await once(stream, 'drain');
    }
  }
  stream.end();
  await once(stream, 'finish');
  console.error(`${folder}: ${benchmark.tasks.length} tasks, ${rows} rows each`);
}

/** Six digits do. */
const digits = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);
