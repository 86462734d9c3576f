import { rungCost } from '../../../dist/scheduler/cost.js';

/** Faults of a trial process, each as what the simulator is to play instead of a result. */
const trialFaults = {
  'crash at once': () => ({ kind: 'failure', reason: 'crash', afterSeconds: 0 }),
  'crash at the start': (chance) => ({ kind: 'failure', reason: 'crash', afterSeconds: chance.between(0.1, 3) }),
  'crash later': (chance, seconds) => ({ kind: 'failure', reason: 'crash', afterSeconds: seconds * chance.next() }),
  'hang that is noticed': (chance, seconds) => ({
    kind: 'failure',
    reason: 'hang',
    afterSeconds: seconds * chance.next() + chance.between(10, 60),
  }),
  'hang until killed': () => ({ kind: 'failure', reason: 'hang', afterSeconds: 1e9 }),
  'out of memory': (chance) => ({ kind: 'failure', reason: 'out-of-memory', afterSeconds: chance.between(0.1, 5) }),
  divergence: (chance, seconds) => ({ kind: 'failure', reason: 'diverged', afterSeconds: seconds * chance.next() }),
  'error of the trial': (chance) => ({ kind: 'failure', reason: 'error', afterSeconds: chance.between(0, 3) }),
  'no message': (chance) => ({ kind: 'failure', reason: 'protocol', afterSeconds: chance.between(0, 3) }),
};

const otherResults = {
  rung: { type: 'predict-result', predictions: '/elsewhere/predictions.csv', wallSeconds: 1 },
  final: { type: 'predict-result', predictions: '/elsewhere/predictions.csv', wallSeconds: 1 },
  prediction: {
    type: 'final-result',
    score: 1,
    model: '/elsewhere/model.checkpoint',
    predictions: '/elsewhere/predictions.csv',
    epochs: 1,
    inferenceSeconds: 0,
    wallSeconds: 1,
    trainSeconds: 1,
    dataSeconds: 0,
    evaluateSeconds: 0,
    checkpointSeconds: 0,
    images: 1,
  },
};

/** A rung whose model the disk did not take: its score counts, and nothing can be predicted with it. */
function withoutModel(chance, score, seconds) {
  const message = {
    type: 'rung-result',
    score,
    loss: 1 - score,
    evaluatedImages: 1000,
    inferenceImagesPerSecond: 1000,
    parameters: 1000,
    model: null,
    wallSeconds: seconds,
    trainSeconds: seconds,
    dataSeconds: 0,
    evaluateSeconds: 0,
    checkpointSeconds: 0,
    images: 1000,
  };
  return { kind: 'message', message, afterSeconds: seconds * chance.between(1, 1.2) };
}

/**
 * The world that a scenario's trials live in. Draws from the scenario's one stream, which the virtual clock reads in the same order every time.
 * @param inject told the name of each fault that is played.
 */
export function worldOf(scenario, inject) {
  const { chance, faults, secondsPerUnit, overheadSeconds } = scenario;
  /** A fault with the probability of its kind; else the score, too late now and then. */
  const outcome = (kind, score, seconds) => {
    if (!chance.happens(faults[kind])) return { kind: 'score', score };
    const rare = kind === 'rung' ? ['model not saved', 'slow'] : ['slow'];
    const what = chance.pick([...Object.keys(trialFaults), 'result of other work', ...rare]);
    inject(`${kind}: ${what}`);
    if (what === 'slow') return { kind: 'score', score, lateSeconds: seconds * chance.logBetween(0.01, 10) };
    if (what === 'model not saved') return withoutModel(chance, score, seconds);
    if (what === 'result of other work')
      return { kind: 'message', message: otherResults[kind], afterSeconds: chance.between(0, 3) };
    return trialFaults[what](chance, seconds);
  };
  return {
    trainSeconds: ({ 'network.width': width }, step) =>
      rungCost(step) * (scenario.space.scheduler.unit === 'seconds' ? 1 : (secondsPerUnit * width) / 16),
    overheadSeconds,
    inferenceImagesPerSecond: scenario.inferenceImagesPerSecond,
    rung: ({ 'optimizer.learningRate': rate }, _trial, _rung, resource) => {
      const best = 0.9 - 0.1 * Math.abs(Math.log10(rate / 0.3)) - 0.5 / (1 + resource * secondsPerUnit);
      // Equal scores are common where few validation images are judged.
      const score = Math.round(100 * Math.max(0, Math.min(1, best + chance.between(-0.05, 0.05)))) / 100;
      return outcome('rung', score, resource * secondsPerUnit);
    },
    final: (_configuration, seconds) => outcome('final', 0.95, seconds),
    prediction: () => outcome('prediction', 0, scenario.testImages / scenario.inferenceImagesPerSecond),
    reports: (assignment) => reportsOf(assignment, chance),
  };
}

/** A few signs of life, which must change nothing that is decided, and the predictions of a final run, which stand before its result. */
function reportsOf(assignment, chance) {
  const seconds = Math.max(0, assignment.killAtSeconds - assignment.sentAtSeconds);
  return [...signsOfLife(assignment, chance, seconds), ...predictionsOf(assignment, chance)];
}

function predictionsOf({ type, predictions, endsAtSeconds, sentAtSeconds }, chance) {
  if (type !== 'final' || !predictions || chance.happens(0.5)) return [];
  const afterSeconds = Math.max(0, endsAtSeconds - sentAtSeconds) * chance.between(0.9, 1);
  return [{ afterSeconds, message: { type: 'predicted', path: predictions } }];
}

function signsOfLife(assignment, chance, seconds) {
  return Array.from({ length: chance.integer(0, 3) }, () => {
    const fraction = chance.next();
    const messages = [
      { type: 'heartbeat', timeoutSeconds: 10, memoryBytes: 1e8 },
      { type: 'told', message: 'something' },
      { type: 'write-failed', path: `${assignment.directory}/model.checkpoint`, message: 'ENOSPC' },
      {
        type: 'progress',
        fraction,
        step: 1,
        images: 16,
        epochs: 0.1,
        loss: chance.happens(0.1) ? null : 1,
        learningRate: 0.1,
        imagesPerSecond: 100,
      },
      {
        type: 'checkpoint',
        path: `${assignment.directory}/final.checkpoint`,
        fraction,
        images: Math.round(1e5 * fraction),
      },
    ];
    return { afterSeconds: seconds * fraction, message: chance.pick(messages) };
  });
}
