import { parseArgs } from 'node:util';
import { InputError } from '../../dist/errors.js';
import { table } from '../../dist/report/table.js';
import { readBenchmark } from '../../dist/simulation/benchmark.js';
import { Simulation } from '../../dist/simulation/simulate.js';
import { CaseSource } from './case-curves.js';
import { cases } from './case-definitions.js';

/**
 * `bench -- search split`: the study's own split of its budget against fixed ones, on cases by formula or on the surrogate of a benchmark file. A row a
 * budget: mean normalised regret by share, of the study's own split, and its distance from the best fixed one.
 */
export async function splitCommand(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      cases: { type: 'string', default: 'late,open' },
      benchmark: { type: 'string' },
      methods: { type: 'string', default: 'asha random,hyperband prior' },
      continuations: { type: 'string', default: 'resume,scratch' },
      shares: { type: 'string', default: '0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95' },
      budgets: { type: 'string', default: '1,1.5,2,3,4,8,16,32' },
      seeds: { type: 'string', default: '5' },
      tasks: { type: 'string', default: '3' },
    },
  });
  const list = (text) => text.split(',').map((word) => word.trim());
  const shares = [...list(values.shares).map(Number), 'auto'];
  const seeds = Number(values.seeds);
  for await (const { benchmark, source } of sources(values, list)) {
    for (const method of list(values.methods)) {
      for (const continuation of list(values.continuations)) {
        const [scheduler, sampler] = method.split(' ');
        const settings = { scheduler, sampler, continuation, mode: 'run' };
        console.log(`\n${benchmark.name}, ${method}, ${continuation}, ${benchmark.tasks.length} tasks, ${seeds} seeds`);
        const rows = [];
        for (const k of list(values.budgets).map(Number))
          rows.push(await rowOf(new Simulation(benchmark, source), benchmark, { k, settings, shares, seeds }));
        console.log(table([['k', ...shares.map(String), 'auto - best', 'its share'], ...rows]).join('\n'));
      }
    }
  }
}

/** Surrogates are opened only where one is asked for: they need a package of their own. */
async function* sources({ benchmark: file, cases: names, tasks }, list) {
  if (file === undefined) {
    const stray = list(names).find((name) => !Object.hasOwn(cases, name));
    if (stray !== undefined) throw new InputError('--cases', `cases (${Object.keys(cases).join(', ')})`, stray, 'some');
    for (const name of list(names)) {
      const source = new CaseSource(name, Number(tasks));
      yield { benchmark: source.benchmark, source };
    }
    return;
  }
  const { Surrogate } = await import('./surrogate.js');
  const benchmark = readBenchmark(file);
  const source = await Surrogate.open(benchmark);
  yield { benchmark, source };
  await source.close();
}

async function rowOf(simulation, { tasks }, { k, settings, shares, seeds }) {
  const regrets = [];
  let ownShare = 0;
  for (const share of shares) {
    let sum = 0;
    for (const task of tasks) {
      for (let seed = 0; seed < seeds; seed++) {
        const { regret, search_share } = await simulation.play(task, k, seed, { ...settings, share });
        sum += regret;
        if (share === 'auto') ownShare += search_share;
      }
    }
    regrets.push(sum / tasks.length / seeds);
  }
  const own = regrets.at(-1);
  const best = Math.min(...regrets.slice(0, -1));
  const share = ownShare / tasks.length / seeds;
  return [String(k), ...regrets.map((one) => one.toFixed(3)), (own - best).toFixed(3), share.toFixed(2)];
}
