import { emptyState } from '../../src/state/fold.js';
import type { FinalState, StudyState, TrialState } from '../../src/state/types.js';
import { stateOf, wholeStudy } from '../report/example-study.js';
import { curve, failedRung, finishedRung, runningRung, trialOf } from './canned-trials.js';

export { emptyState };

const log = (trial: number) => `results/quickstart/trials/${trial}/log.txt`;

function diverged(): TrialState {
  const message = 'loss is not finite at step 31';
  const trial = trialOf(5, 0, [failedRung(0, 24, 'diverged', message, log(5))], 0.5);
  return { ...trial, curve: trial.curve.map((point, index) => ({ ...point, loss: index > 0 ? null : 9.71 })) };
}

function searchTrials(): TrialState[] {
  return [
    trialOf(0, 0, [finishedRung(0, 0, 12, 0.7812), finishedRung(0, 1, 42, 0.8391)]),
    trialOf(1, 0, [finishedRung(1, 0, 12, 0.6904)]),
    trialOf(2, 0, [finishedRung(2, 0, 17, 0.7433)]),
    trialOf(3, 0, [finishedRung(3, 0, 17, 0.8027), finishedRung(3, 1, 42, 0.8612), runningRung(2, 55, 0)], 0.62),
    trialOf(4, 0, [finishedRung(4, 0, 21, 0.7129)]),
    diverged(),
    trialOf(6, 0, [finishedRung(6, 0, 26, 0.7745), finishedRung(6, 1, 55, 0.8274)]),
    trialOf(7, 0, [failedRung(0, 31, 'crash', 'the process ended with signal SIGSEGV', log(7))], 0.5),
    trialOf(8, 0, [finishedRung(8, 0, 36, 0.6651)]),
    trialOf(9, 1, [finishedRung(9, 0, 56, 0.8145, 1)]),
    trialOf(10, 1, [runningRung(0, 69, 1, 1)], 0.7),
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
      description: 'a test engine',
      precision: 'f32',
      precisions: [],
      exclusive: false,
      slots: 2,
      threads: 2,
      unavailable: [{ name: 'native-cpu', reason: 'not installed' }],
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
      rung: 0,
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
    memoryShare: 1,
    resolution: 32,
    learningRateFactor: 0.5,
    endsAt: 354,
    killAt: 358,
  } as const;
  const final: FinalState = {
    status: 'running',
    start,
    beganAt: 158,
    predictions: null,
    checkpoints: [{ path: 'results/quickstart/final/final.checkpoint', trial: 0, images: 100, at: 0, fraction: 0 }],
    curve: curve('final', 158, 190, 0.437, 0.28),
    epochs: 2.04,
    failures: [
      {
        type: 'final-failed',
        at: 169,
        reason: 'diverged',
        message: 'loss is not finite at step 88',
        log: 'final/log.txt',
        savedPart: 0,
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
      checkpoints: [],
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
        dataSeconds: 1.9,
        evaluateSeconds: 2.1,
        checkpointSeconds: 0.3,
        images: 226_000,
      },
    },
    ledger: stateOf(wholeStudy).ledger,
    finished: { type: 'study-finished', at: 352, exitCode: 0, reason: 'the final model is trained' },
    at: 352,
  };
}
