import { parseSearchSpace } from '../../../dist/space/parse.js';
import { Chance } from '../chance.js';

const shortestBudget = 20;
const longestBudget = 9 * 3600;

/** What one simulated study is asked for, and how unlucky it is: a function of the seed alone. */
export function scenarioOf(seed, study) {
  const chance = new Chance(`${seed}:${study}`);
  const budgetSeconds = Math.round(chance.logBetween(shortestBudget, longestBudget));
  const unit = chance.pick(['seconds', 'seconds', 'epochs', 'samples']);
  const secondsPerUnit = { seconds: 1, epochs: chance.logBetween(0.5, 60), samples: chance.logBetween(1e-4, 1e-2) }[
    unit
  ];
  const calm = chance.happens(0.1);
  const level = calm ? 0 : chance.pick([0, 0.1, 0.3, 0.8]);
  return {
    study,
    chance,
    budgetSeconds,
    mode: chance.pick(['run', 'run', 'run', 'run', 'run', 'run', 'search', 'final']),
    slots: chance.integer(1, 8),
    seed: chance.integer(0, 1e6),
    testImages: chance.happens(0.1) ? 0 : Math.round(chance.logBetween(10, 100_000)),
    space: spaceOf(chance, budgetSeconds, unit, secondsPerUnit),
    secondsPerUnit,
    /** What the plan takes a unit for: measured in a hurry. */
    probedSecondsPerUnit: unit === 'seconds' ? 1 : secondsPerUnit * chance.logBetween(0.5, 2),
    overheadSeconds: chance.logBetween(0.2, Math.min(10, budgetSeconds / 20)),
    preparationSeconds: chance.logBetween(0.5, budgetSeconds / 10),
    inferenceImagesPerSecond: chance.logBetween(100, 50_000),
    tickSeconds: Math.max(1, budgetSeconds / 2000),
    /** Probabilities of a fault, by what it hits. */
    faults: {
      rung: level * chance.next(),
      final: level * chance.next(),
      prediction: level * chance.next(),
      placing: level * chance.next() * 0.5,
      writing: calm || chance.happens(0.7) ? 0 : 0.01,
      /** How often the process dies at a journal line that is written often, and at one that is not. */
      commonKill: calm || chance.happens(0.3) ? 0 : chance.logBetween(0.001, 0.05),
      rareKill: calm || chance.happens(0.3) ? 0 : chance.between(0, 0.3),
      /** Kills, interruptions and sleeps at random instants. */
      instants: calm ? 0 : chance.pick([0, 0, 1, 2, 5]),
    },
  };
}

/** A space whose rungs are some hundredths of its search time long: enough trials, and not thousands of them. */
function spaceOf(chance, budgetSeconds, unit, secondsPerUnit) {
  const eta = chance.integer(2, 4);
  const min = (budgetSeconds * chance.logBetween(0.004, 0.05)) / secondsPerUnit;
  const kind = chance.pick([
    'hyperband',
    'hyperband',
    'successive-halving',
    'asha',
    'model-asha',
    'pasha',
    'single-rung',
  ]);
  const max = kind === 'single-rung' || chance.happens(0.7) ? 'auto' : min * eta ** chance.integer(0, 3);
  const anneal = chance.pick(['trunk', 'trunk', 'restart']);
  const share = chance.happens(0.5) ? 'auto' : chance.between(0.1, 0.9).toFixed(2);
  // A part of the data means nothing where rungs are counted in it.
  const factors = unit === 'seconds' ? [1, 0.5] : [1];
  const reserve = chance.happens(0.8) ? 'auto' : Math.max(1, budgetSeconds * chance.between(0.01, 0.1)).toFixed(2);
  const epochs =
    unit === 'epochs' && chance.happens(0.5) ? (budgetSeconds * chance.logBetween(0.01, 1)) / secondsPerUnit : null;
  const final = epochs === null ? '' : `final: {maxEpochs: ${epochs}, useValidation: ${chance.happens(0.5)}}\n`;
  return parseSearchSpace(
    `name: random
parameters:
  optimizer.learningRate: {type: float, low: 0.01, high: 1, log: true, default: 0.1}
  network.width: {type: choice, values: [8, 16, 32], default: 16}
scheduler:
  {kind: ${kind}, sampler: ${chance.pick(['prior', 'random', 'gaussian-process'])}, eta: ${eta}, unit: ${unit}, min: ${min}, max: ${max}, anneal: ${anneal}, cooldown: ${chance.between(0.1, 0.9).toFixed(2)}}
fidelity: {subset: ${chance.pick(factors)}, resolution: ${chance.pick(factors)}}
budget: {searchShare: ${share}, reserve: ${reserve}}
${final}`,
    'random.yaml',
  );
}
