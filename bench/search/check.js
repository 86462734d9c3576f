import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { budgetSeconds, readBenchmark, regret } from '../../dist/simulation/benchmark.js';
import { scoreTrace } from '../../dist/simulation/score-trace.js';
import { vectorProblems } from '../../dist/simulation/test-vectors.js';
import { requireBenchmark, sharedBenchmark } from './shared.js';
import { Surrogate } from './surrogate.js';

/** `bench -- search check`: the test vectors of the benchmark file, and the example trace beside it with the scores that the rule must give. */
export async function checkCommand(words) {
  const { values } = parseArgs({ args: words, options: { benchmark: { type: 'string', default: sharedBenchmark } } });
  requireBenchmark(values.benchmark);
  const benchmark = readBenchmark(values.benchmark);
  const surrogate = await Surrogate.open(benchmark);
  const example = join(benchmark.directory, 'example-trace.json');
  const problems = [
    ...vectorProblems(benchmark, surrogate),
    ...(existsSync(example) ? traceProblems(benchmark, surrogate, JSON.parse(readFileSync(example, 'utf8'))) : []),
  ];
  await surrogate.close();
  for (const problem of problems) console.log(problem);
  console.log(
    `${benchmark.testVectors.length} test vectors${existsSync(example) ? ' and an example trace' : ''}: `.concat(
      problems.length === 0 ? 'all as expected' : `${problems.length} differences`,
    ),
  );
  if (problems.length > 0) process.exitCode = 1;
}

function traceProblems(benchmark, surrogate, example) {
  const task = benchmark.tasks.find(({ id }) => id === example.task);
  const curves = surrogate.curves(task, example.configs);
  const steps = example.steps.map(([trial, to]) => ({ trial, to }));
  return example.expected.flatMap((expected) => {
    const seconds = budgetSeconds(task, expected.k);
    const { score, searchSeconds, finalEpoch, trials } = scoreTrace(steps, (trial) => curves[trial], {
      budgetSeconds: seconds,
      continuation: expected.continuation ? 'resume' : 'scratch',
      maxEpoch: benchmark.maxEpoch,
      minEpoch: benchmark.minEpoch,
    });
    const got = {
      score: round(score, 4),
      search_share: round(searchSeconds / seconds, 5),
      final_epoch: finalEpoch,
      n_trials: trials,
      regret: round(regret(task, score), 5),
    };
    return Object.entries(got)
      .filter(([name, value]) => value !== expected[name])
      .map(
        ([name, value]) =>
          `k=${expected.k}, continuation ${expected.continuation}: ${name} expected ${expected[name]}, got ${value}`,
      );
  });
}

const round = (value, digits) => Number(value.toFixed(digits));
