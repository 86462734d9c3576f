import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import seedrandom from 'seedrandom';
import { mean, median, quantileSorted, sampleRankCorrelation } from 'simple-statistics';
import { writeFileAtomic } from '../../dist/atomic-file.js';
import { InputError } from '../../dist/errors.js';
import { readBenchmark } from '../../dist/simulation/benchmark.js';
import { spaceOf } from '../../dist/simulation/simulate.js';
import { sampleConfiguration } from '../../dist/space/sample.js';
import { refine } from './refine.js';
import { modelFile, requireBenchmark, sharedBenchmark } from './shared.js';
import { Surrogate } from './surrogate.js';

const samples = 4000;

/** Refinements from different configurations, the best of them first: one alone may end on a lower hill. */
const refinements = 4;
const starts = 20;

/**
 * Where refinement finds more than this beyond the best random configuration, as a part of that one's lead over the median, it has found a corner
 * where the surrogate no longer follows its data: nobody would choose a method by how well it gets there.
 */
const mostBeyond = 0.25;

const development = fileURLToPath(new URL('development.json', import.meta.url));

/** `bench -- search references`: a benchmark file of the surrogate's other tasks, with the references of each. */
export async function referencesCommand(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      benchmark: { type: 'string', default: sharedBenchmark },
      output: { type: 'string', short: 'o', default: development },
    },
  });
  requireBenchmark(values.benchmark);
  const benchmark = readBenchmark(values.benchmark);
  const written = JSON.parse(readFileSync(values.benchmark, 'utf8'));
  const surrogate = await Surrogate.open(benchmark);
  const tasks = otherTasks(benchmark).map((task, index, all) => {
    const referenced = references(benchmark, surrogate, task);
    console.error(`${index + 1}/${all.length}  ${task.id}  ${JSON.stringify(referenced)}`);
    return referenced;
  });
  await surrogate.close();
  const isRealistic = ({ beyond, best_accuracy }) => beyond <= mostBeyond && best_accuracy <= benchmark.accuracyScale;
  const { space, conditions, scoring, model, eta, min_epoch, max_epoch, rungs, budget_multiples } = written;
  const file = {
    benchmark: `${benchmark.name}-development`,
    note: `tasks of the same surrogate that are not in ${benchmark.name}; excluded: refinement finds more than ${mostBeyond} beyond the best of ${samples} random configurations, or more than full accuracy`,
    ...{ eta, min_epoch, max_epoch, rungs, budget_multiples, scoring, space, conditions, model },
    tasks: tasks.filter(isRealistic),
    excluded: tasks.filter((task) => !isRealistic(task)),
  };
  writeFileAtomic(values.output, `${JSON.stringify(file, null, 1)}\n`);
  console.error(`${values.output}: ${file.tasks.length} tasks, ${file.excluded.length} excluded`);
}

/** What `config_space.json` beside the model lists as values of the parameter that says the task, but for those of the benchmark. */
function otherTasks(benchmark) {
  const folder = dirname(modelFile(benchmark, benchmark.model.file));
  const file = join(folder, 'config_space.json');
  if (!existsSync(file)) throw new InputError(file, 'the space of the surrogate', 'nothing', 'another benchmark');
  const { hyperparameters } = JSON.parse(readFileSync(file, 'utf8'));
  const encoding = JSON.parse(readFileSync(join(folder, 'encoding.json'), 'utf8'));
  const known = new Set(benchmark.tasks.map(({ id }) => id));
  const parameter = hyperparameters.find(({ name, choices }) => choices?.some((id) => known.has(id)) && encoding[name]);
  if (!parameter) throw new InputError(file, 'a parameter whose values are tasks', 'none', 'another benchmark');
  return parameter.choices
    .filter((id) => !known.has(id))
    .map((id) => ({ id, written: { id, x_cat_index: encoding[parameter.name][id] } }));
}

function references(benchmark, surrogate, task) {
  const { maxEpoch } = benchmark;
  const space = spaceOf(benchmark, { scheduler: 'hyperband', sampler: 'random', continuation: 'resume', mode: 'run' });
  const random = seedrandom.alea(`references:${task.id}`);
  const configurations = Array.from({ length: samples }, () => sampleConfiguration(space, random));
  const last = surrogate.points(task, configurations, maxEpoch);
  const ranked = last.map(({ accuracy }, index) => ({ accuracy, configuration: configurations[index] }));
  ranked.sort((a, b) => b.accuracy - a.accuracy);
  const accuracyOf = (some) => surrogate.points(task, some, maxEpoch).map(({ accuracy }) => accuracy);
  const best = Array.from({ length: refinements }, (_, index) =>
    refine(space, ranked.slice(index * starts, (index + 1) * starts), accuracyOf, random),
  ).sort((a, b) => b.accuracy - a.accuracy)[0];
  const middle = median(ranked.map(({ accuracy }) => accuracy));
  const [first] = ranked;
  const seconds = last.map((point) => Math.max(0, point.seconds)).sort((a, b) => a - b);
  const correlations = [2, 3, 6, 17]
    .filter((epoch) => epoch < maxEpoch)
    .map((epoch) => {
      const early = surrogate.points(task, configurations, epoch).map(({ accuracy }) => accuracy);
      return [
        epoch,
        round(
          sampleRankCorrelation(
            early,
            last.map(({ accuracy }) => accuracy),
          ),
          3,
        ),
      ];
    });
  return {
    id: task.id,
    x_cat_index: task.written.x_cat_index,
    mean_full_seconds: round(mean(seconds), 4),
    median_full_seconds: round(median(seconds), 4),
    p95_full_seconds: round(quantileSorted(seconds, 0.95), 4),
    best_accuracy: round(best.accuracy, 5),
    best_random4000_accuracy: round(first.accuracy, 5),
    median_random_accuracy: round(middle, 5),
    beyond: round((best.accuracy - first.accuracy) / (first.accuracy - middle), 3),
    spearman_with_final: Object.fromEntries(correlations),
  };
}

const round = (value, digits) => Number(value.toFixed(digits));
