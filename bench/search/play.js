import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { progressBar } from '../../dist/cli/progress.js';
import { addSimulateOptions, resultWriter, selectionOf } from '../../dist/cli/simulate.js';
import { table } from '../../dist/report/table.js';
import { readBenchmark } from '../../dist/simulation/benchmark.js';
import { requireBenchmark, sharedBenchmark } from './shared.js';

/** `bench -- search`: what `hyperbudget simulate` does, on the surrogate of the benchmark file and on several processes. */
export async function playCommand(words) {
  const command = addSimulateOptions(new Command('search'))
    .option('--benchmark <file>', 'the benchmark with its surrogate', sharedBenchmark)
    .option('--parallel <n>', 'processes that the seeds are split over', '2')
    .exitOverride();
  try {
    await command.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // It has been told.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  await play(command.opts());
}

async function play(options) {
  requireBenchmark(options.benchmark);
  const benchmark = readBenchmark(options.benchmark);
  const { seeds, tasks, budgets } = selectionOf(benchmark, options);
  const parallel = Math.max(1, Math.min(seeds.length, Number(options.parallel)));
  const total = seeds.length * tasks.length * budgets.length;
  const writer = resultWriter(options.output);
  const bar = progressBar('simulating', { name: 'studies', size: 1, digits: 0 });
  const results = [];
  const parts = Array.from({ length: parallel }, (_, part) => seeds.filter((_, index) => index % parallel === part));
  await Promise.all(
    parts.map((own) =>
      playPart({ ...options, own }, (result) => {
        results.push(result);
        writer.write(result);
        bar(results.length, total);
      }),
    ),
  );
  writer.end(results);
  printPeers(benchmark);
}

/** A process that plays some of the seeds. */
function playPart(job, onResult) {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('worker.js', import.meta.url));
    child.on('message', (result) => onResult(result));
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`search: a process ended with ${code}`))));
    child.send(job);
  });
}

/** What others reach, where they were measured on the same benchmark. */
function printPeers({ name }) {
  const peers = JSON.parse(readFileSync(new URL('peers.json', import.meta.url), 'utf8'));
  if (peers.benchmark !== name) return;
  const cell = (regret) => (regret === null ? 'not run' : regret.toFixed(3));
  const rows = peers.rows.map(([method, regrets]) => [method, ...regrets.map(cell)]);
  const head = ['peers', ...peers.budgets.map((k) => `k=${k}`)];
  console.error(`\n${table([head, ...rows], [1, 2, 3, 4]).join('\n')}\n(${peers.source})`);
}
