import { makePlan } from '../../src/budget/plan.js';
import type { ExecutorListener } from '../../src/executor/executor.js';
import { type SimulatedWorld, SimulatorExecutor, VirtualClock } from '../../src/executor/simulator.js';
import { rungCost } from '../../src/scheduler/cost.js';
import { parseSearchSpace } from '../../src/space/parse.js';
import { searchSpaceToPlain } from '../../src/space/plain.js';
import type { SearchSpace } from '../../src/space/types.js';
import type { StudyEvent } from '../../src/state/events.js';
import type { StudyState } from '../../src/state/types.js';
import type { Journal } from '../../src/study/journal.js';
import { StudyLog } from '../../src/study/log.js';
import { Study } from '../../src/study/study.js';
import { memoryJournal } from './memory-journal.js';

export const tinySpace: SearchSpace = parseSearchSpace(
  `name: tiny
parameters:
  optimizer.learningRate: {type: float, low: 0.01, high: 1, log: true, default: 0.1}
  network.width: {type: choice, values: [8, 16, 32], default: 16}
scheduler: {kind: hyperband, sampler: prior, eta: 3, min: 4}
budget: {searchShare: 0.3}
`,
  'tiny.yaml',
);

/** A world where a learning rate of 0.3 is best and longer training helps. */
export const plainWorld: SimulatedWorld = {
  trainSeconds: (_configuration, step) => rungCost(step),
  overheadSeconds: 1,
  rung: (configuration, _trial, _rung, resource) => {
    const rate = Number(configuration['optimizer.learningRate'] ?? 0.1);
    const score = 0.9 - 0.1 * Math.abs(Math.log10(rate / 0.3)) - 0.5 / (1 + resource);
    return { kind: 'score', score: Math.max(0, score) };
  },
  final: () => ({ kind: 'score', score: 0.95 }),
  inferenceImagesPerSecond: 5000,
};

export interface SimulatedStudy {
  readonly study: Study;
  readonly log: StudyLog;
  readonly clock: VirtualClock;
  readonly events: StudyEvent[];
  /** Tells the study what no simulated process says. */
  readonly tell: ExecutorListener;
  /** Plays until the study settles or nothing is left to happen. */
  play(): Promise<StudyState>;
}

export interface SimulationOptions {
  readonly world?: SimulatedWorld;
  readonly space?: SearchSpace;
  readonly budgetSeconds?: number;
  readonly slots?: number;
  readonly seed?: number;
  readonly mode?: 'run' | 'search';
  readonly clock?: VirtualClock;
  /** A state to go on from instead of a new study. */
  readonly state?: StudyState;
  /** Puts predictions in place; default: always 100 rows. */
  readonly placeSubmission?: (predictions: string) => number;
  /** Where events are written; default: memory that nothing goes wrong with. */
  readonly journal?: Journal;
  /** Finds another engine in the middle of the study; default: nobody looks for one. */
  readonly replaceEngine?: (log: StudyLog, clock: VirtualClock) => Promise<void>;
  /** Called before each event is taken up. */
  readonly beforeEvent?: (event: StudyEvent) => void;
}

/** A whole study in virtual time: the real scheduler, sampler, budget and study, simulated trials. */
export function simulate(options: SimulationOptions = {}): SimulatedStudy {
  const { world = plainWorld, space = tinySpace, budgetSeconds = 600, slots = 2, seed = 1, mode = 'run' } = options;
  const clock = options.clock ?? new VirtualClock();
  const { replaceEngine } = options;
  const events: StudyEvent[] = [];
  const memory = memoryJournal((...appended) => {
    for (const event of appended) {
      options.beforeEvent?.(event);
      events.push(JSON.parse(JSON.stringify(event)) as StudyEvent);
    }
  });
  const journal = options.journal ?? memory;
  const log = options.state ? new StudyLog(journal, options.state) : new StudyLog(journal);
  if (!options.state) create(log, { space, budgetSeconds, slots, seed, mode });
  let tell: ExecutorListener = () => undefined;
  const study = new Study({
    directory: '/study',
    log,
    clock,
    space,
    placeSubmission: (predictions) => ({
      rows: options.placeSubmission?.(predictions) ?? 100,
      path: log.state.created?.submissionPath ?? '',
      problem: null,
    }),
    executor: (listener) => {
      tell = listener;
      return new SimulatorExecutor(slots, world, clock, listener);
    },
    ...(replaceEngine ? { replaceEngine: () => replaceEngine(log, clock) } : {}),
  });
  const play = async () => {
    const done = study.run();
    let settled = false;
    done.then(
      () => {
        settled = true;
      },
      () => {
        settled = true;
      },
    );
    while (!settled && clock.advance()) {
      await Promise.resolve();
    }
    return await done;
  };
  return { study, log, clock, events, tell: (event) => tell(event), play };
}

function create(
  log: StudyLog,
  given: { space: SearchSpace; budgetSeconds: number; slots: number; seed: number; mode: 'run' | 'search' },
): void {
  const { space, budgetSeconds, slots, seed, mode } = given;
  log.record({
    type: 'study-created',
    at: 0,
    version: 1,
    name: 'simulated',
    mode,
    seed,
    budgetSeconds,
    startedAtEpochSeconds: 0,
    dataDirectory: '/data',
    submissionPath: mode === 'run' ? '/submission.csv' : null,
    versions: {},
  });
  log.record({
    type: 'engine-chosen',
    at: 0,
    engine: 'simulated',
    description: 'a test engine',
    precision: 'f32',
    precisions: [],
    exclusive: false,
    slots,
    threads: slots,
    unavailable: [],
  });
  log.record({ type: 'space-chosen', at: 0, source: 'tiny.yaml', hash: '0', space: searchSpaceToPlain(space) });
  const counts = { classes: 10, train: 1000, validation: 100, test: mode === 'run' ? 100 : 0 };
  const packed = { seconds: 0, directory: '/packed', fingerprint: 'f', resolutions: [32], oddities: {}, reused: false };
  log.record({ type: 'data-packed', at: 0, ...counts, ...packed });
  const plan = makePlan({
    budgetSeconds,
    searchStartsAt: 0,
    withFinal: mode === 'run',
    scheduler: space.scheduler,
    budget: space.budget,
    slots,
    secondsPerUnit: 1,
    overheadSeconds: 1,
  });
  log.record({
    type: 'plan-made',
    at: 0,
    searchEndsAt: plan.searchEndsAt,
    endsAt: plan.endsAt,
    secondsPerUnit: 1,
    overheadSeconds: 1,
    brackets: plan.brackets.map((bracket) => bracket.map((rung) => ({ ...rung }))),
    promotion: plan.promotion,
  });
}
