import seedrandom from 'seedrandom';
import type { Configuration } from '../../src/space/types.js';
import type { FailureReason } from '../../src/state/events.js';
import type { CurvePoint, FinalState, RungRecord, StudyState, TrialState } from '../../src/state/types.js';

/** Resources of the first bracket; `low` of the builders below says at which of them another bracket begins. */
const resources = [4, 12, 36];

/** A training curve of `points` points that falls from 2.3 towards `floor`, up to `until` of its schedule. */
export function curve(seed: string, startedAt: number, seconds: number, until: number, floor: number): CurvePoint[] {
  const random = seedrandom.alea(seed);
  const points = Math.max(1, Math.floor(seconds * until));
  return Array.from({ length: points }, (_, index) => {
    const fraction = ((index + 1) / points) * until;
    return {
      at: startedAt + fraction * seconds,
      fraction,
      loss: floor + (2.3 - floor) * Math.exp(-6 * fraction) + 0.06 * random(),
      learningRate: fraction < 0.1 ? 3 * fraction : 0.3 * (1 - (fraction - 0.1) / 0.9),
      images: Math.round(1180 * fraction * seconds),
      imagesPerSecond: 1150 + 60 * random(),
    };
  });
}

function configuration(trial: number): Configuration {
  const random = seedrandom.alea(`configuration ${trial}`);
  const family = random() < 0.7 ? 'residual' : 'plain';
  return {
    'network.family': family,
    'network.width': [8, 12, 16, 24][Math.floor(random() * 4)] ?? 16,
    'network.stages': random() < 0.5 ? 3 : 4,
    'network.stem': 'medium',
    ...(family === 'residual' ? { 'network.blocks': random() < 0.5 ? 1 : 2 } : {}),
    resolution: 28,
    'optimizer.batchSize': random() < 0.5 ? 64 : 128,
    'optimizer.learningRate': 0.02 * 40 ** random(),
    'optimizer.weightDecay': 0.0001 * 10 ** random(),
    'schedule.shape': 'cosine',
    'augmentation.flip': random() < 0.8,
  };
}

/** A rung judged with `score`. */
export function finishedRung(trial: number, rung: number, startedAt: number, score: number, low = 0): RungRecord {
  const resource = resources[rung + low] ?? 4;
  return {
    status: 'finished',
    rung,
    resource,
    startedAt,
    result: {
      type: 'rung-finished',
      at: startedAt + resource * 1.05,
      trial,
      rung,
      score,
      loss: 1.35 * (1 - score) + 0.05,
      evaluatedImages: 1200,
      inferenceImagesPerSecond: 4100,
      parameters: 77_850,
      model: `results/quickstart/trials/${trial}/model.checkpoint`,
      wallSeconds: resource * 1.05,
      trainSeconds: resource,
      evaluateSeconds: resource * 0.05,
      images: 1180 * resource,
    },
  };
}

function running(rung: number, startedAt: number, slot: number, low = 0): RungRecord {
  const resource = resources[rung + low] ?? 4;
  return { status: 'running', rung, slot, attempt: 1, resource, startedAt, killAt: startedAt + resource + 15 };
}

function failed(rung: number, startedAt: number, reason: FailureReason, message: string, log: string): RungRecord {
  const resource = resources[rung] ?? 4;
  return { status: 'failed', rung, resource, startedAt, failedAt: startedAt + 2.4, attempt: 1, reason, message, log };
}

/** A trial with its records; the curve belongs to the last of them. */
export function trialOf(trial: number, bracket: number, rungs: readonly RungRecord[], until = 1): TrialState {
  const last = rungs.at(-1);
  const floor = 0.35 + 0.03 * (trial % 5);
  return {
    trial,
    bracket,
    configuration: configuration(trial),
    origin: trial === 0 ? 'default' : trial % 2 === 0 ? 'random' : 'prior',
    rungs,
    curve: last === undefined ? [] : curve(`curve ${trial}`, last.startedAt, last.resource, until, floor),
  };
}

const log = (trial: number) => `results/quickstart/trials/${trial}/log.txt`;

function diverged(): TrialState {
  const message = 'loss is not finite at step 31';
  const trial = trialOf(5, 0, [failed(0, 24, 'diverged', message, log(5))], 0.5);
  return { ...trial, curve: trial.curve.map((point, index) => ({ ...point, loss: index > 0 ? null : 9.71 })) };
}

function searchTrials(): TrialState[] {
  return [
    trialOf(0, 0, [finishedRung(0, 0, 12, 0.7812), finishedRung(0, 1, 42, 0.8391)]),
    trialOf(1, 0, [finishedRung(1, 0, 12, 0.6904)]),
    trialOf(2, 0, [finishedRung(2, 0, 17, 0.7433)]),
    trialOf(3, 0, [finishedRung(3, 0, 17, 0.8027), finishedRung(3, 1, 42, 0.8612), running(2, 55, 0)], 0.62),
    trialOf(4, 0, [finishedRung(4, 0, 21, 0.7129)]),
    diverged(),
    trialOf(6, 0, [finishedRung(6, 0, 26, 0.7745), finishedRung(6, 1, 55, 0.8274)]),
    trialOf(7, 0, [failed(0, 31, 'crash', 'the process ended with signal SIGSEGV', log(7))], 0.5),
    trialOf(8, 0, [finishedRung(8, 0, 36, 0.6651)]),
    trialOf(9, 1, [finishedRung(9, 0, 56, 0.8145, 1)]),
    trialOf(10, 1, [running(0, 69, 1, 1)], 0.7),
    trialOf(11, 1, []),
  ];
}

const planned = [
  [
    { trials: 9, resource: 4 },
    { trials: 3, resource: 12 },
    { trials: 1, resource: 36 },
  ],
  [
    { trials: 3, resource: 12 },
    { trials: 1, resource: 36 },
  ],
  [{ trials: 2, resource: 36 }],
];

/** Before the journal's first line. */
export const emptyState: StudyState = {
  created: null,
  space: null,
  engine: null,
  data: null,
  plan: null,
  phase: 'preparing',
  brackets: [],
  trials: [],
  predictions: [],
  searchEnd: null,
  final: { status: 'waiting' },
  submission: null,
  finished: null,
  told: [],
  at: 0,
};

/** A study of six minutes in the middle of its search, at 77 s: twelve trials, one crashed, one diverged, two running. */
export function searchState(): StudyState {
  return {
    ...emptyState,
    created: {
      type: 'study-created',
      at: 0,
      version: 1,
      name: 'quickstart',
      mode: 'run',
      seed: 7,
      budgetSeconds: 360,
      startedAtEpochSeconds: 1_760_000_000,
      dataDirectory: '/home/ada/data/fashion-mnist',
      submissionPath: '/home/ada/submission.csv',
      versions: { hyperbudget: '0.1.0', node: 'v20.20.2' },
    },
    space: {
      type: 'space-chosen',
      at: 0.1,
      source: 'search-spaces/quickstart.yaml',
      hash: '0f3a',
      space: { scheduler: { kind: 'hyperband', unit: 'seconds' } },
    },
    engine: {
      type: 'engine-chosen',
      at: 1.2,
      engine: 'wasm',
      exclusive: false,
      slots: 2,
      threads: 2,
      unavailable: [{ name: 'tfjs-node', reason: 'the package is not installed' }],
    },
    data: {
      type: 'data-packed',
      at: 10.4,
      seconds: 8.9,
      directory: 'cache/fashion-mnist',
      fingerprint: '91ab',
      classes: 10,
      train: 48_000,
      validation: 12_000,
      test: 10_000,
      resolutions: [28],
      oddities: { grey: 70_000 },
      reused: false,
    },
    plan: {
      type: 'plan-made',
      at: 11.5,
      searchEndsAt: 160,
      endsAt: 354,
      secondsPerUnit: 1,
      overheadSeconds: 0.7,
      brackets: planned,
    },
    phase: 'search',
    brackets: [
      { bracket: 0, shape: 0 },
      { bracket: 1, shape: 1 },
    ],
    trials: searchTrials(),
    submission: {
      type: 'submission-written',
      at: 58,
      source: 'trial',
      trial: 3,
      rows: 10_000,
      path: '/home/ada/submission.csv',
    },
    told: [
      { at: 10.4, message: '70,000 images were grey and are used with three equal channels' },
      { at: 11.5, message: 'the class-prior submission is in place' },
      { at: 33.4, message: 'trial 7 crashed and takes its place in the rung; its slot has a new process' },
      { at: 58, message: 'trial 3 has the best top-1; its predictions are in place' },
    ],
    at: 77,
  };
}

/** The same study in its final run, at 241 s, after one failure of it. */
export function finalState(): StudyState {
  const search = searchState();
  const start = {
    type: 'final-started',
    at: 170,
    trial: 3,
    slot: 0,
    attempt: 2,
    learningRateFactor: 0.5,
    endsAt: 354,
    killAt: 358,
  } as const;
  const final: FinalState = {
    status: 'running',
    start,
    beganAt: 158,
    checkpoint: 'results/quickstart/final/final.checkpoint',
    curve: curve('final', 158, 190, 0.437, 0.28),
    epochs: 2.04,
    failures: [
      {
        type: 'final-failed',
        at: 169,
        reason: 'diverged',
        message: 'loss is not finite at step 88',
        log: 'final/log.txt',
      },
    ],
  };
  return {
    ...search,
    phase: 'final',
    trials: search.trials.map((trial) =>
      trial.trial === 3 ? trialOf(3, 0, [...trial.rungs.slice(0, 2), finishedRung(3, 2, 55, 0.8871)]) : trial,
    ),
    searchEnd: { type: 'search-ended', at: 157, reason: 'the planned time is over', winner: 3 },
    final,
    told: [...search.told, { at: 169, message: 'the final run diverged; it goes on with half the learning rate' }],
    at: 241,
  };
}

/** The finished study. */
export function finishedState(): StudyState {
  const before = finalState();
  if (before.final.status !== 'running') throw new Error('expected a running final run');
  const { start, curve: points } = before.final;
  return {
    ...before,
    phase: 'finished',
    final: {
      status: 'finished',
      start,
      curve: points,
      epochs: 4.71,
      result: {
        type: 'final-finished',
        at: 351,
        score: 0.9134,
        model: 'results/quickstart/final/final.checkpoint',
        predictions: 'results/quickstart/final/predictions.csv',
        epochs: 4.71,
        inferenceSeconds: 2.8,
        wallSeconds: 193,
        trainSeconds: 188,
        evaluateSeconds: 2.1,
        images: 226_000,
      },
    },
    finished: { type: 'study-finished', at: 352, exitCode: 0, reason: 'the final model is trained' },
    at: 352,
  };
}
