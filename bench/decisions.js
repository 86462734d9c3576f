// How long a study takes to decide what comes next, by scheduler and number of trials: everything that `nextAction` does but the sampler's proposals;
// and with them where a model makes them.
// `npm run bench -- decisions [TRIALS]`.
import { performance } from 'node:perf_hooks';
import { parseSearchSpace } from '../dist/space/parse.js';
import { emptyState, fold } from '../dist/state/fold.js';
import { nextAction } from '../dist/study/decide.js';
import { Chance } from './faults/chance.js';
import { quantile } from './faults/table.js';

const kinds = ['hyperband', 'successive-halving', 'asha', 'pasha', 'single-rung'];
const slots = 4;

const parse = (parameters, scheduler) =>
  parseSearchSpace(
    `name: decisions\nparameters: {${parameters}}\nscheduler: {${scheduler}, unit: epochs}\n`,
    'decisions.yaml',
  );

const plainSpace = (kind) =>
  parse(
    'optimizer.learningRate: {type: float, low: 0.0001, high: 1, log: true, default: 0.1}',
    `kind: ${kind}, sampler: random, min: 1${kind === 'single-rung' ? '' : ', max: 81'}`,
  );

/** Spaces for the model: so many parameters of one form. */
const modelSpace = (count, form) =>
  parse(
    Array.from({ length: count }, (_, index) => `p${index}: ${form}`).join(', '),
    'kind: model-asha, sampler: gaussian-process, min: 1, max: 81',
  );

const rungsOf = { hyperband: 4, 'successive-halving': 4, asha: 4, pasha: 4, 'model-asha': 4, 'single-rung': 0 };

/** What a study has behind it when its search begins; its budget never ends. */
function opening(kind) {
  const rungs = Array.from({ length: rungsOf[kind] + 1 }, (_, rung) => ({
    trials: 3 ** (4 - rung),
    resource: 3 ** rung,
  }));
  const brackets = kind === 'hyperband' ? rungs.map((_, first) => rungs.slice(first)) : [rungs];
  const promotion =
    kind === 'asha' || kind === 'pasha' || kind === 'model-asha'
      ? { rule: kind === 'pasha' ? 'pasha' : 'asha', eta: 3 }
      : { rule: kind === 'single-rung' ? 'single-rung' : 'halving' };
  return [
    {
      type: 'study-created',
      at: 0,
      version: 1,
      name: 'decisions',
      mode: 'run',
      seed: 1,
      budgetSeconds: 1e9,
      startedAtEpochSeconds: 0,
      dataDirectory: '/data',
      submissionPath: '/submission.csv',
      versions: {},
    },
    {
      type: 'engine-chosen',
      at: 0,
      engine: 'simulated',
      description: '',
      precision: 'f32',
      precisions: [],
      exclusive: false,
      unavailable: [],
      slots,
      threads: slots,
    },
    {
      type: 'data-packed',
      at: 0,
      seconds: 0,
      directory: '/packed',
      fingerprint: 'f',
      classes: 10,
      train: 1000,
      validation: 100,
      test: 100,
      resolutions: [32],
      oddities: {},
      reused: false,
    },
    {
      type: 'plan-made',
      at: 0,
      searchEndsAt: 3e8,
      endsAt: 9.9e8,
      secondsPerUnit: 1,
      overheadSeconds: 1,
      brackets,
      promotion,
    },
  ];
}

/** Accuracy that a model can learn: every parameter counts, the first ones most, and longer training helps. */
function scoreOf(configuration, resource) {
  const parts = Object.values(configuration).map(
    (value, index) => (value === 'b' ? 1 : Number(value) || 0) / (index + 1),
  );
  return 1 - 1 / (2 + parts.reduce((sum, part) => sum + part, 0) + Math.log(resource));
}

/** How many more trials are played with the watch in hand. */
const watched = (size) => Math.max(50, size / 20);

/** Plays a search until it has so many trials; times every decision once there are as many as `sizes` say. */
function play(space, sizes, withProposals = false) {
  const { kind } = space.scheduler;
  const chance = new Chance(kind);
  const events = opening(kind);
  let state = events.reduce(fold, emptyState);
  const record = (event) => {
    events.push(event);
    state = fold(state, event);
  };
  const running = [];
  const times = new Map(sizes.map((size) => [size, []]));
  let at = 1;
  while (state.trials.length < sizes.at(-1) + watched(sizes.at(-1))) {
    const started = performance.now();
    const action = nextAction(state, space, at);
    const milliseconds = performance.now() - started;
    // A proposal is the sampler's; so little else is done for it that it is left out.
    const size = sizes.find((one) => state.trials.length >= one && state.trials.length < one + watched(one));
    if (size !== undefined && (withProposals || action?.type !== 'create-trial')) times.get(size).push(milliseconds);
    switch (action?.type) {
      case 'open-bracket':
        record({ type: 'bracket-opened', at, bracket: action.bracket, shape: action.shape });
        continue;
      case 'create-trial': {
        const { trial, bracket } = action;
        const configuration = withProposals ? action.configuration : { 'optimizer.learningRate': chance.next() };
        record({ type: 'trial-created', at, trial, bracket, configuration, origin: 'random' });
        continue;
      }
      case 'start-rung': {
        const { trial, rung, slot, attempt, memoryShare, resource, from, killAt } = action;
        record({ type: 'rung-started', at, trial, rung, slot, attempt, memoryShare, resource, killAt });
        running.push({
          endsAt: at + (resource - from) * chance.between(0.5, 2),
          trial,
          rung,
          seconds: resource - from,
        });
        continue;
      }
      case 'start-prediction': {
        const { trial, rung, slot, killAt } = action;
        record({ type: 'prediction-started', at, trial, rung, slot, killAt });
        record({ type: 'prediction-ended', at, trial, rung, wallSeconds: 0.1, failed: null });
        continue;
      }
      case 'place-submission': {
        const { source, trial, rung, predictions } = action;
        record({ type: 'submission-written', at, source, trial, rung, rows: 100, path: predictions });
        continue;
      }
      case 'tell':
        record({ type: 'told', at, message: action.message });
        continue;
      case 'revise-plan':
        record({ ...state.plan, at, searchEndsAt: action.searchEndsAt, endsAt: action.endsAt });
        continue;
      case undefined: {
        running.sort((a, b) => a.endsAt - b.endsAt);
        const done = running.shift();
        at = done.endsAt;
        const score = withProposals
          ? scoreOf(state.trials[done.trial].configuration, state.trials[done.trial].rungs.at(-1).resource)
          : chance.next();
        record(ended(done, at, score, chance));
        continue;
      }
      default:
        throw new Error(`a search without end: got ${action.type} with ${state.trials.length} trials`);
    }
  }
  return { times, events };
}

function ended({ trial, rung, seconds }, at, score, chance) {
  if (chance.happens(0.02))
    return { type: 'rung-failed', at, trial, rung, reason: 'diverged', message: 'loss is not finite', log: null };
  return {
    type: 'rung-finished',
    at,
    trial,
    rung,
    score,
    loss: 1,
    evaluatedImages: 100,
    inferenceImagesPerSecond: 1000,
    parameters: 1000,
    model: `trials/${trial}/model.checkpoint`,
    wallSeconds: seconds + 1,
    trainSeconds: seconds,
    dataSeconds: 0,
    evaluateSeconds: 0.5,
    checkpointSeconds: 0.5,
    images: 1000,
  };
}

const line = (cells) => cells.map((cell, index) => (index === 0 ? cell.padEnd(20) : cell.padStart(9))).join('');

const figuresOf = (times) => {
  const sorted = times.sort((a, b) => a - b);
  return [...[0.5, 0.95, 1].map((part) => quantile(sorted, part).toFixed(3)), String(sorted.length)];
};

const models = {
  '7 numbers': modelSpace(7, '{type: float, low: 0, high: 1}'),
  '34 choices': modelSpace(34, '{type: choice, values: [a, b, c]}'),
};

export async function main([most = '10000']) {
  const sizes = [100, 1000, 10_000, 100_000].filter((size) => size <= Number(most));
  console.log('Milliseconds a decision, proposals left out; the last column is reading a whole journal, in seconds.\n');
  console.log(line(['scheduler', 'trials', 'p50', 'p95', 'max', 'decisions', 'fold s']));
  for (const kind of kinds) {
    for (const size of sizes) {
      const { times, events } = play(plainSpace(kind), [size]);
      const started = performance.now();
      events.reduce(fold, emptyState);
      const seconds = (performance.now() - started) / 1000;
      console.log(line([kind, String(size), ...figuresOf(times.get(size)), seconds.toFixed(2)]));
    }
  }
  console.log('\nMilliseconds a decision of model-asha with gaussian-process, proposals included.\n');
  console.log(line(['space', 'trials', 'p50', 'p95', 'max', 'decisions']));
  for (const [name, space] of Object.entries(models)) {
    for (const size of [30, 100, 300, 1000].filter((one) => one <= Number(most))) {
      const { times } = play(space, [size], true);
      console.log(line([name, String(size), ...figuresOf(times.get(size))]));
    }
  }
}
