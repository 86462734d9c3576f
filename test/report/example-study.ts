import type { StudyEvent } from '../../src/state/events.js';
import { emptyState, fold } from '../../src/state/fold.js';
import type { EventOf, StudyState } from '../../src/state/types.js';

export const stateOf = (events: readonly StudyEvent[]): StudyState => events.reduce(fold, emptyState);

/** A plan whose search ends at 100 s and whose final run at 350 s of 360. */
export const planned: EventOf<'plan-made'> = {
  type: 'plan-made',
  at: 22,
  searchEndsAt: 100,
  endsAt: 350,
  secondsPerUnit: 1,
  overheadSeconds: 1,
  brackets: [],
};

export const preparation: readonly StudyEvent[] = [
  {
    type: 'study-created',
    at: 0,
    version: 1,
    name: 'clothes',
    mode: 'run',
    seed: 7,
    budgetSeconds: 360,
    startedAtEpochSeconds: 1_800_000_000,
    dataDirectory: '/data',
    submissionPath: '/submission.csv',
    versions: { hyperbudget: '0.1.0', node: '20.20.2' },
  },
  { type: 'space-chosen', at: 0, source: 'quickstart.yaml', hash: '0123456789abcdef', space: { name: 'quickstart' } },
  {
    type: 'engine-chosen',
    at: 1,
    engine: 'wasm',
    description: 'a test engine',
    precision: 'f32',
    precisions: [],
    exclusive: false,
    slots: 2,
    threads: 2,
    unavailable: [],
  },
  {
    type: 'data-packed',
    at: 21,
    seconds: 20,
    directory: '/pack',
    fingerprint: 'f00',
    classes: 10,
    train: 48_000,
    validation: 12_000,
    test: 10_000,
    resolutions: [28],
    oddities: {},
    reused: false,
  },
];

export function created(trial: number, configuration: Record<string, number | string | boolean>): StudyEvent {
  return {
    type: 'trial-created',
    at: 22,
    trial,
    bracket: 0,
    configuration,
    origin: trial === 0 ? 'default' : 'random',
  };
}

export function started(trial: number, rung: number, at: number, slot = 0): StudyEvent {
  return {
    type: 'rung-started',
    at,
    trial,
    rung,
    slot,
    attempt: 1,
    memoryShare: 1,
    resource: 10 * 3 ** rung,
    killAt: at + 60,
  };
}

export function finished(trial: number, rung: number, at: number, score: number): EventOf<'rung-finished'> {
  return {
    type: 'rung-finished',
    at,
    trial,
    rung,
    score,
    loss: 1,
    evaluatedImages: 1000,
    inferenceImagesPerSecond: 4000,
    parameters: 77_850,
    model: `trials/${trial}/model.checkpoint`,
    wallSeconds: 10 * 3 ** rung + 2,
    trainSeconds: 10 * 3 ** rung,
    dataSeconds: 0.25,
    evaluateSeconds: 1,
    checkpointSeconds: 0.5,
    images: 10_000 * 3 ** rung,
  };
}

/** Three trials on two slots: 0 and 1 reach the second rung, 2 diverges; then a final run that ends at 357 s. */
export const wholeStudy: readonly StudyEvent[] = [
  ...preparation,
  created(0, { 'network.family': 'residual', 'network.blocks': 2, 'optimizer.learningRate': 0.1 }),
  created(1, { 'network.family': 'plain', 'optimizer.learningRate': 0.30000000000000004 }),
  created(2, { 'network.family': 'plain', 'optimizer.learningRate': 9 }),
  started(0, 0, 25, 0),
  started(1, 0, 25, 1),
  finished(0, 0, 37, 0.8),
  started(2, 0, 37, 0),
  finished(1, 0, 37, 0.82),
  {
    type: 'rung-failed',
    at: 41,
    trial: 2,
    rung: 0,
    reason: 'diverged',
    message: 'loss is not finite at step 31',
    log: null,
  },
  started(0, 1, 45, 0),
  started(1, 1, 45, 1),
  finished(0, 1, 77, 0.85),
  finished(1, 1, 77, 0.87),
  { type: 'search-ended', at: 80, reason: 'no time for another rung', winner: 1 },
  {
    type: 'final-started',
    at: 82,
    trial: 1,
    slot: 0,
    attempt: 1,
    memoryShare: 1,
    resolution: 32,
    learningRateFactor: 1,
    endsAt: 357,
    killAt: 359,
  },
  {
    type: 'final-finished',
    at: 355,
    score: 0.9123,
    model: 'final/model.checkpoint',
    predictions: 'final/predictions.csv',
    epochs: 12.5,
    inferenceSeconds: 3,
    wallSeconds: 273,
    trainSeconds: 262,
    dataSeconds: 2,
    evaluateSeconds: 4,
    checkpointSeconds: 1,
    images: 600_000,
  },
  { type: 'submission-written', at: 356, source: 'final', trial: 1, rung: null, rows: 10_000, path: '/submission.csv' },
  { type: 'study-finished', at: 357, exitCode: 0, reason: 'the final run ended on its deadline' },
];
