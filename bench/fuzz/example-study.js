import { readFileSync } from 'node:fs';
import { parseSearchSpace } from '../../dist/space/parse.js';
import { searchSpaceToPlain, spaceHash } from '../../dist/space/plain.js';
import { defaultConfiguration } from '../../dist/space/sample.js';

const file = new URL('../../search-spaces/quickstart.yaml', import.meta.url);
const space = parseSearchSpace(readFileSync(file, 'utf8'), 'quickstart.yaml');
const configuration = defaultConfiguration(space);
const cost = (seconds) => ({
  wallSeconds: seconds + 2,
  trainSeconds: seconds,
  evaluateSeconds: 1,
  images: 10_000,
  dataSeconds: 0.5,
  checkpointSeconds: 0.2,
});
const rungResult = {
  score: 0.8,
  loss: 1,
  evaluatedImages: 1000,
  inferenceImagesPerSecond: 4000,
  parameters: 77_850,
  model: 'trials/0/model.checkpoint',
  ...cost(10),
};
const started = (trial, rung, at) => ({
  type: 'rung-started',
  at,
  trial,
  rung,
  slot: trial % 2,
  attempt: 1,
  memoryShare: 1,
  resource: 10 * 3 ** rung,
  killAt: at + 60,
});
const finished = (trial, rung, at) => ({
  type: 'rung-finished',
  at,
  trial,
  rung,
  ...rungResult,
  model: `trials/${trial}/model.checkpoint`,
});
const point = { fraction: 0.5, images: 500, loss: 1.2, learningRate: 0.1, imagesPerSecond: 900 };

/** The events of a whole study, without what a schema of this build refuses. */
export function exampleEvents(studyEvent, submissionPath) {
  const events = [
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
      submissionPath,
      versions: { hyperbudget: '0.1.0' },
    },
    {
      type: 'space-chosen',
      at: 0,
      source: 'quickstart.yaml',
      hash: spaceHash(space),
      space: searchSpaceToPlain(space),
    },
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
      unavailable: [{ name: 'webgpu', reason: 'none' }],
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
      test: 100,
      resolutions: [28],
      oddities: { grey: 3 },
      reused: false,
    },
    {
      type: 'plan-made',
      at: 21,
      searchEndsAt: 110,
      endsAt: 357,
      secondsPerUnit: 1,
      overheadSeconds: 1,
      brackets: [
        [
          { trials: 2, resource: 10 },
          { trials: 1, resource: 30 },
        ],
      ],
    },
    { type: 'bracket-opened', at: 22, bracket: 0, shape: 0 },
    { type: 'trial-created', at: 22, trial: 0, bracket: 0, configuration, origin: 'default' },
    {
      type: 'trial-created',
      at: 22,
      trial: 1,
      bracket: 0,
      configuration: { ...configuration, 'optimizer.learningRate': 0.3 },
      origin: 'random',
    },
    started(0, 0, 25),
    started(1, 0, 25),
    { type: 'rung-progress', at: 30, trial: 0, ...point },
    finished(0, 0, 37),
    {
      type: 'rung-failed',
      at: 41,
      trial: 1,
      rung: 0,
      reason: 'diverged',
      message: 'loss is not finite at step 31',
      log: 'logs/1.log',
    },
    { type: 'prediction-started', at: 42, trial: 0, rung: 0, slot: 1, killAt: 60 },
    { type: 'prediction-ended', at: 44, trial: 0, rung: 0, wallSeconds: 2, failed: null },
    { type: 'submission-written', at: 44, source: 'trial', trial: 0, rung: 0, rows: 100, path: submissionPath },
    started(0, 1, 45),
    finished(0, 1, 77),
    {
      type: 'gpu-memory',
      at: 78,
      limitBytes: 6e9,
      poolBytes: 1e9,
      overheadBytes: 5e8,
      estimatedBytes: 2e8,
      allocatedBytes: null,
      measuredBytes: 1.2e9,
    },
    { type: 'search-ended', at: 80, reason: 'no time for another rung', winner: 0 },
    {
      type: 'final-started',
      at: 82,
      trial: 0,
      slot: 0,
      attempt: 1,
      memoryShare: 1,
      resolution: 32,
      learningRateFactor: 1,
      endsAt: 357,
      killAt: 359,
    },
    { type: 'final-progress', at: 100, epochs: 1, ...point },
    { type: 'final-checkpoint', at: 110, path: 'final/final.checkpoint', fraction: 0.3, images: 100 },
    { type: 'study-interrupted', at: 120, reason: 'interrupted by the user' },
    { type: 'study-resumed', at: 130, downSeconds: 10 },
    { type: 'told', at: 131, message: 'the journal goes on' },
    {
      type: 'final-started',
      at: 132,
      trial: 0,
      slot: 0,
      attempt: 2,
      memoryShare: 1,
      resolution: 32,
      learningRateFactor: 1,
      endsAt: 357,
      killAt: 359,
    },
    { type: 'final-predicted', at: 350, path: 'final/predictions.csv' },
    {
      type: 'final-finished',
      at: 355,
      score: 0.9123,
      model: 'final/model.checkpoint',
      predictions: 'final/predictions.csv',
      epochs: 12.5,
      inferenceSeconds: 3,
      ...cost(262),
    },
    { type: 'submission-written', at: 356, source: 'final', trial: 0, rung: null, rows: 100, path: submissionPath },
    { type: 'study-finished', at: 357, exitCode: 0, reason: 'the final run ended on its deadline' },
  ];
  return events.map((event) => fitted(studyEvent, event));
}

/** Fields that this build's schema does not have or wants besides are left out or filled in: the example outlives them. */
function fitted(schema, event) {
  let value = event;
  for (let attempt = 0; attempt < 8; attempt++) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return value;
    const issue = parsed.error.issues[0];
    value = { ...value };
    if (issue.code === 'unrecognized_keys') for (const key of issue.keys) delete value[key];
    else if (issue.path.length === 1)
      value[issue.path[0]] = issue.expected === 'number' ? 1 : issue.expected === 'string' ? '' : null;
  }
  throw new Error(`no valid ${event.type}: ${JSON.stringify(schema.safeParse(value).error?.issues)}`);
}

export { configuration, rungResult, space };
