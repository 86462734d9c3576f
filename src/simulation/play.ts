import { makePlan } from '../budget/plan.js';
import { searchUntil } from '../budget/search-until.js';
import { InputError } from '../errors.js';
import type { ExecutorEvent } from '../executor/executor.js';
import { SimulatorExecutor, VirtualClock } from '../executor/simulator.js';
import { defaultConfiguration } from '../space/sample.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import type { StudyEvent } from '../state/events.js';
import { bestTrial } from '../state/ranking.js';
import { countless } from '../state/statistics.js';
import type { StudyState } from '../state/types.js';
import type { Journal } from '../study/journal.js';
import { StudyLog } from '../study/log.js';
import { Study } from '../study/study.js';
import { type Curve, epochsWithin, secondsUntil } from './curve.js';
import type { TraceStep } from './score-trace.js';
import { curveWorld, wholeEpochs } from './world.js';

/** Virtual seconds of a budget, nearly: so long that the fixed seconds a real study keeps for its machine do not count. */
const virtualSeconds = 2 ** 22;

export interface PlayOptions {
  /** Rungs in epochs; its settings say what final trainings need. */
  readonly space: SearchSpace;
  /** Trainings as the study's clock sees them. */
  readonly curveOf: (configuration: Configuration) => Curve;
  readonly maxEpoch: number;
  /** What full accuracy is in the curves, 1 or 100. */
  readonly accuracyScale: number;
  /** Images that accuracies in the curves come from; default: they are taken as they stand. */
  readonly evaluatedImages?: number;
  /** In seconds of the curves. */
  readonly budgetSeconds: number;
  readonly mode: 'run' | 'search';
  readonly seed: number;
}

/** What came of a study in virtual time. Seconds are those of the curves. */
export interface PlayedStudy {
  /** Every rung that was started, the one that the end of the search cut off included. */
  readonly steps: readonly TraceStep[];
  readonly configurations: readonly Configuration[];
  readonly searchSeconds: number;
  /** What the study ended with: a trial and the epochs that its furthest training counts; null where nothing was trained. */
  readonly result: { readonly trial: number; readonly epochs: number } | null;
  /** Time of each reaction to a rung's end: fold, decisions and what they record, in milliseconds of this machine; curves are not in them. */
  readonly decisionMilliseconds: readonly number[];
  readonly state: StudyState;
}

/** Plays a whole study, its real scheduler, sampler, budget and decisions, on one worker that trains by curves. */
export async function playStudy(options: PlayOptions): Promise<PlayedStudy> {
  const { space, budgetSeconds, maxEpoch, accuracyScale, evaluatedImages = countless } = options;
  // A power of two loses no digits.
  const timeScale = 2 ** Math.round(Math.log2(virtualSeconds / budgetSeconds));
  const clock = new VirtualClock();
  const log = new StudyLog(memoryJournal());
  const timer = new Stopwatch();
  const curveOf = (configuration: Configuration) => timer.paused(() => takingTime(options.curveOf(configuration)));
  prepare(log, options, timeScale, curveOf);
  const world = curveWorld({
    curveOf,
    maxEpoch,
    accuracyScale,
    timeScale,
    evaluatedImages,
    finalFrom: () => (continues(space) ? reachedEpochs(log.state, log.state.searchEnd?.winner ?? 0) : 0),
  });
  const study = new Study({
    directory: '/study',
    log,
    clock,
    space,
    placeSubmission: () => {
      throw new Error('simulation: expected nothing to submit');
    },
    executor: (listener) =>
      new SimulatorExecutor(1, world, clock, (event: ExecutorEvent) => timer.measure(() => listener(event))),
    // Nothing changes between the events, and the last instant is looked at in any case.
    tickSeconds: Number.POSITIVE_INFINITY,
  });
  const state = await playToEnd(study, clock);
  return {
    steps: stepsOf(log.state),
    configurations: state.trials.map(({ configuration }) => configuration),
    searchSeconds: (state.searchEnd?.at ?? state.at) / timeScale,
    result: resultOf(state, options, timeScale),
    decisionMilliseconds: timer.measured,
    state,
  };
}

/** A study whose trainings took no time at all would never end. */
function takingTime(curve: Curve): Curve {
  if ((curve.seconds.at(-1) ?? 0) > 0) return curve;
  throw new InputError('curve', 'a training that takes time', '0 seconds', 'seconds from the start of the training');
}

/** Where rungs are read on the trunk, whatever goes on later goes on from there. */
function continues({ scheduler }: SearchSpace): boolean {
  return scheduler.anneal === 'trunk' && scheduler.cooldown === 0;
}

async function playToEnd(study: Study, clock: VirtualClock): Promise<StudyState> {
  let isSettled = false;
  const done = study.run().finally(() => {
    isSettled = true;
  });
  // Told to whoever awaits below.
  done.catch(() => undefined);
  do {
    // What ends a study does so in promises.
    await null;
    await null;
  } while (!isSettled && clock.advance());
  return done;
}

/** What a real study has behind it when its search begins. */
function prepare(
  log: StudyLog,
  { space, mode, seed, budgetSeconds }: PlayOptions,
  timeScale: number,
  curveOf: (configuration: Configuration) => Curve,
): void {
  const at = 0;
  const slots = 1;
  const { scheduler, budget, final } = space;
  const probed =
    secondsUntil(curveOf(defaultConfiguration(space)), wholeEpochs(scheduler.min)) / wholeEpochs(scheduler.min);
  const secondsPerUnit = Math.max(Number.MIN_VALUE, timeScale * probed);
  const withFinal = mode === 'run';
  const input = { scheduler, budget, final, slots, secondsPerUnit, overheadSeconds: 0, withFinal, searchStartsAt: 0 };
  const plan = makePlan({ ...input, budgetSeconds: timeScale * budgetSeconds });
  const events: readonly StudyEvent[] = [
    {
      type: 'study-created',
      at,
      version: 1,
      name: 'simulated',
      mode,
      seed,
      budgetSeconds: timeScale * budgetSeconds,
      startedAtEpochSeconds: 0,
      dataDirectory: '/data',
      submissionPath: null,
      versions: {},
    },
    { type: 'space-chosen', at, source: 'simulated', hash: '0', space: null },
    {
      type: 'engine-chosen',
      at,
      engine: 'simulated',
      description: '',
      precision: 'f32',
      precisions: [],
      unavailable: [],
      exclusive: false,
      slots,
      threads: slots,
    },
    {
      type: 'plan-made',
      at,
      searchEndsAt: plan.searchEndsAt,
      endsAt: plan.endsAt,
      secondsPerUnit,
      overheadSeconds: 0,
      brackets: plan.brackets.map((bracket) => bracket.map((rung) => ({ ...rung }))),
      promotion: plan.promotion,
    },
  ];
  log.record(...events);
}

/** The rungs in the order of their starts; trials are numbered in the order of their first rung. */
function stepsOf(state: StudyState): readonly TraceStep[] {
  return state.trials
    .flatMap(({ trial, rungs }) => rungs.map(({ resource, startedAt }) => ({ trial, resource, startedAt })))
    .sort((a, b) => a.startedAt - b.startedAt || a.trial - b.trial)
    .map(({ trial, resource }) => ({ trial, to: wholeEpochs(resource) }));
}

/** Epochs that the search has trained a trial for, whole rungs only. */
function reachedEpochs({ trials }: StudyState, trial: number): number {
  const finished = trials[trial]?.rungs.flatMap((one) =>
    one.status === 'finished' ? [wholeEpochs(one.resource)] : [],
  );
  return Math.max(0, ...(finished ?? []));
}

/** Where the end of the budget came before that of the search: the best trial to which nothing is owed, else the best one. */
function winnerAtTheEnd(state: StudyState, space: SearchSpace): number | null {
  const { incumbent } = searchUntil(state, space, state.plan?.endsAt ?? 0);
  return incumbent ?? bestTrial(state)?.trial ?? null;
}

/** The final training where it ended; else the furthest training of the winner, one that the end of the budget cut included. */
function resultOf(state: StudyState, options: PlayOptions, timeScale: number): PlayedStudy['result'] {
  const trial = state.searchEnd?.winner ?? winnerAtTheEnd(state, options.space);
  if (trial === null) return null;
  const reached = reachedEpochs(state, trial);
  const isTrained = reached >= options.maxEpoch;
  if (state.final.status === 'finished' && state.final.epochs > 0 && !isTrained)
    return { trial: state.final.start.trial, epochs: state.final.epochs };
  const cut = isTrained ? null : cutEpochs(state, trial, options, timeScale);
  const epochs = cut ?? reached;
  return epochs > 0 ? { trial, epochs } : null;
}

/** Epochs of a full training of the winner that the end of the budget cut off; null where there was none. */
function cutEpochs(state: StudyState, trial: number, options: PlayOptions, timeScale: number): number | null {
  const { space, curveOf, maxEpoch } = options;
  const last = state.trials[trial]?.rungs.at(-1);
  const isFull = last?.status === 'failed' && wholeEpochs(last.resource) >= maxEpoch;
  if (!last || !isFull) return null;
  const curve = curveOf(state.trials[trial]?.configuration ?? {});
  const from = continues(space) ? reachedEpochs(state, trial) : 0;
  const epochs = epochsWithin(curve, from, (last.failedAt - last.startedAt) / timeScale, maxEpoch);
  return epochs > 0 ? epochs : null;
}

/** A journal that nobody reads. */
function memoryJournal(): Journal {
  return { append: () => undefined, retry: () => undefined, problem: null, close: () => undefined };
}

/** Times reactions, without what the simulation itself does in them. */
class Stopwatch {
  readonly measured: number[] = [];
  private pause = 0;

  measure(work: () => void): void {
    const [began, paused] = [performance.now(), this.pause];
    work();
    this.measured.push(performance.now() - began - (this.pause - paused));
  }

  paused<T>(work: () => T): T {
    const began = performance.now();
    const result = work();
    this.pause += performance.now() - began;
    return result;
  }
}
