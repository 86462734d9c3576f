import seedrandom from 'seedrandom';
import { mean, median, sampleRankCorrelation, standardDeviation } from 'simple-statistics';
import { parseBenchmark } from '../../dist/simulation/benchmark.js';
import { configurationKey } from '../../dist/space/encode.js';
import { sampleConfiguration, valueIn } from '../../dist/space/sample.js';
import { toUnit } from '../../dist/space/unit.js';
import { cases, rankAt } from './case-definitions.js';
import { refine } from './refine.js';

/** What is still to learn after a part of a training, where the case does not say. */
const usually = (part) => (1 - part) ** 2;

/** Configurations that functions are brought to mean 0 and deviation 1 by, and that references come from. */
const samples = 2000;

/** Error of a typical configuration at the end and at the start of its training, as a logit, and what a deviation of quality moves. */
const [atEnd, atStart, perDeviation] = [-1.7, 1.2, 0.5];

/** A case as a benchmark and a source of curves: what any configuration would give, by formula. `trueCurve` is without the noise of scores. */
export class CaseSource {
  constructor(name, taskCount) {
    const { space, conditions, min_epoch, max_epoch, max_rung_epoch } = cases[name];
    const written = { benchmark: name, space, conditions, min_epoch, max_epoch, max_rung_epoch, eta: 3 };
    const draft = Array.from({ length: taskCount }, (_, index) => ({
      ...{ id: `${name}-${index + 1}`, mean_full_seconds: 1, best_accuracy: 1, median_random_accuracy: 0 },
    }));
    this.case = cases[name];
    this.parameters = parse({ ...written, tasks: draft }).parameters;
    this.tasks = new Map(draft.map(({ id }) => [id, this.drawTask(id)]));
    this.file = { ...written, tasks: draft.map(({ id }) => ({ id, ...this.references(id) })) };
    this.benchmark = parse(this.file);
  }

  curve(task, configuration) {
    const { seconds, accuracy } = this.trueCurve(task, configuration);
    const { images } = this.case;
    if (images === undefined) return { seconds, accuracy };
    const random = seedrandom.alea(`${task.id} ${configurationKey(configuration)}`);
    return { seconds, accuracy: accuracy.map((one) => measured(one, images, random)) };
  }

  trueCurve({ id }, configuration) {
    const { max_epoch } = this.case;
    const { quality, early, cost } = this.tasks.get(id);
    const [end, start] = [quality(configuration), early(configuration)];
    const perEpoch = Math.exp(0.5 * cost(configuration));
    const epochs = Array.from({ length: max_epoch }, (_, index) => index + 1);
    return {
      seconds: epochs.map((epoch) => epoch * perEpoch),
      accuracy: epochs.map((epoch) => this.accuracyAt(epoch / max_epoch, end, start)),
    };
  }

  /** Accuracy after a part of the training of a configuration whose end and start are so many deviations above the mean. */
  accuracyAt(part, end, start) {
    const rank = rankAt(this.case.ranks, part);
    const value = rank * end + Math.sqrt(1 - rank ** 2) * start;
    return 1 / (1 + Math.exp(atEnd + atStart * (this.case.left ?? usually)(part) - perDeviation * value));
  }

  sample(id, count) {
    const random = seedrandom.alea(`sample:${id}`);
    return Array.from({ length: count }, () => sampleConfiguration(this, random));
  }

  /** What parameters do in a task: at the end, at the start, where nothing of it is told by the end, and to the time of an epoch. */
  drawTask(id) {
    const some = this.sample(id, samples);
    const draw = (what) => standardised(this.landscape(seedrandom.alea(`${id} ${what}`)), some);
    const quality = draw('end');
    const start = draw('start');
    const shared = mean(some.map((one) => quality(one) * start(one)));
    return {
      quality,
      early: standardised((one) => start(one) - shared * quality(one), some),
      cost: draw('cost'),
    };
  }

  /** Numbers have a best value each, choices an effect each; some of them also act together. */
  landscape(random) {
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const terms = this.parameters.map((parameter) => {
      // Few matter much.
      const weight = random() ** 2 + 0.05;
      if (parameter.kind === 'choice') {
        const effects = new Map(parameter.values.map((value) => [value, normal()]));
        const weightOfChoice = 0.5 + 0.5 * weight;
        return (value) => weightOfChoice * effects.get(value);
      }
      const best = random();
      return (value) => -6 * weight * (toUnit(parameter, value) - best) ** 2;
    });
    const numeric = this.parameters.filter(({ kind }) => kind === 'float' || kind === 'int');
    const waves = Array.from({ length: numeric.length === 0 ? 0 : 12 }, () => ({
      ...{ amplitude: 0.12 * normal(), phase: 2 * Math.PI * random() },
      frequencies: numeric.map(() => 2.5 * normal()),
    }));
    return (configuration) => {
      let sum = 0;
      for (const [index, { name }] of this.parameters.entries()) {
        const value = valueIn(configuration, name);
        if (value !== undefined) sum += terms[index](value);
      }
      for (const { amplitude, phase, frequencies } of waves) {
        const angle = numeric.reduce(
          (total, one, index) => total + frequencies[index] * toUnit(one, configuration[one.name]),
          phase,
        );
        sum += amplitude * Math.cos(angle);
      }
      return sum;
    };
  }

  /** Rank correlation of the accuracy after so many epochs with that at the end, over random configurations of all tasks; no noise. */
  rankCorrelation(epoch) {
    const { max_epoch } = this.case;
    const each = [...this.tasks].map(([id, { quality, early }]) => {
      const some = this.sample(id, samples);
      const after = (part) => some.map((one) => this.accuracyAt(part, quality(one), early(one)));
      return sampleRankCorrelation(after(epoch / max_epoch), after(1));
    });
    return mean(each);
  }

  references(id) {
    const { max_epoch, max_rung_epoch: most = max_epoch } = this.case;
    const { quality, early, cost } = this.tasks.get(id);
    const some = this.sample(id, samples);
    const accuracyOf = (all) => all.map((one) => this.accuracyAt(1, quality(one), 0));
    const accuracies = accuracyOf(some);
    const ranked = some.map((configuration, index) => ({ configuration, accuracy: accuracies[index] }));
    ranked.sort((a, b) => b.accuracy - a.accuracy);
    const best = refine(this, ranked.slice(0, 20), accuracyOf, seedrandom.alea(`refine:${id}`));
    return {
      mean_full_seconds: most * mean(some.map((one) => Math.exp(0.5 * cost(one)))),
      best_accuracy: best.accuracy,
      median_random_accuracy: median(some.map((one) => this.accuracyAt(most / max_epoch, quality(one), early(one)))),
    };
  }
}

const parse = (file) => parseBenchmark(JSON.stringify(file), `case ${file.benchmark}`);

function standardised(landscape, some) {
  const values = some.map(landscape);
  const [centre, spread] = [mean(values), standardDeviation(values)];
  return (configuration) => (landscape(configuration) - centre) / spread;
}

/** An accuracy as so many images show it. */
function measured(accuracy, images, random) {
  let right = 0;
  for (let image = 0; image < images; image++) if (random() < accuracy) right++;
  return right / images;
}
