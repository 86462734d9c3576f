// Plays the seeds that it is sent, and sends each result as it comes.
import { selectionOf } from '../../dist/cli/simulate.js';
import { readBenchmark } from '../../dist/simulation/benchmark.js';
import { playAll } from '../../dist/simulation/sweep.js';
import { vectorProblems } from '../../dist/simulation/test-vectors.js';
import { Surrogate } from './surrogate.js';

process.once('message', async ({ own, ...options }) => {
  const benchmark = readBenchmark(options.benchmark);
  const surrogate = await Surrogate.open(benchmark);
  const problems = vectorProblems(benchmark, surrogate);
  if (problems.length > 0) throw new Error(`the surrogate is not the benchmark's: ${problems.slice(0, 3).join('; ')}`);
  for await (const { result } of playAll(benchmark, surrogate, { ...selectionOf(benchmark, options), seeds: own }))
    process.send(result);
  await surrogate.close();
  process.disconnect();
});
