import { makePlan, type PlanInput } from '../budget/plan.js';
import { DamagedDataError } from '../data/damage.js';
import { areWholeNames } from '../data/layouts/ids.js';
import { lostImages } from '../data/pack/odd-images.js';
import { openPack } from '../data/pack/open.js';
import { packSomewhere } from '../data/pack/places.js';
import { typicalSide } from '../data/side.js';
import type { Dataset } from '../data/types.js';
import { InputError } from '../errors.js';
import type { Clock, Executor, ExecutorEvent } from '../executor/executor.js';
import { autoCandidates, autoSpace, slowestRateOfUse } from '../space/auto.js';
import { configurationSides, packResolutions } from '../space/pack-sides.js';
import { searchSpaceFromPlain, searchSpaceToPlain, spaceHash } from '../space/plain.js';
import { defaultConfiguration } from '../space/sample.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import type { EventOf, StudyState } from '../state/types.js';
import { parseRecipe } from '../training/recipe.js';
import { askAgain, lessAmbitious, startTimeoutSeconds } from './ask-again.js';
import { resolutionOf } from './assignment.js';
import { guessedOverheadSeconds } from './feasible.js';
import { fitData } from './fit-data.js';
import type { StudyLog } from './log.js';
import { type ProbeReport, probeEngine } from './probe.js';
import { slotsOf } from './slots.js';

export interface Preparation {
  readonly log: StudyLog;
  readonly clock: Clock;
  readonly executor: Executor;
  readonly listen: (listener: (event: ExecutorEvent) => void) => () => void;
  /** Reads the data set, which may take a while and fail; not asked where the packed data are all that is needed. */
  readonly dataset: () => Promise<Dataset>;
  /** Folders for packed data sets, best first. */
  readonly packPlaces: readonly string[];
  readonly threads: number;
  /** Whether the user has named the engine. */
  readonly named: boolean;
  /** Keeps later trial processes from trying these engines. */
  readonly leaveOut: (engines: readonly string[]) => void;
  readonly signal: AbortSignal;
  readonly onPacking: (done: number, total: number) => void;
}

/** Part of the budget that probing the candidates of the `auto` space may take. */
const probeShare = 0.03;

const wholeNamesReason =
  "the test images' ids are their whole file names without the ending: those up to the first dot are not all different, or not as in the tables";

/** What is prepared with a data set that has been read. */
type WithDataset = Omit<Preparation, 'dataset'> & { readonly dataset: Dataset };

/**
 * Brings a created study to the point where its first trial can start: engine, space, packed data, plan. Steps that the journal holds already
 * are not repeated, but the engine is looked for again and the packed data are compared with their checksums. Not so in the final phase, whose seconds are
 * missed in the result: whatever is damaged then is repaired when the final run finds it.
 */
export async function prepare(preparation: Preparation): Promise<SearchSpace> {
  const { log, clock, threads, signal } = preparation;
  const { created, data } = log.state;
  if (!created) throw new Error('study: expected a created study');
  const chosen = log.state.space ? searchSpaceFromPlain(log.state.space.space) : null;
  if (chosen && data && isReadyForFinal(log.state)) {
    await findEngine(preparation, { threads: 1, classes: data.classes, candidates: [] });
    signal.throwIfAborted();
    return chosen;
  }
  const whole = await preparation.dataset();
  const withWhole = { ...preparation, dataset: whole };
  const candidates = chosen ? rateCandidates(chosen) : autoCandidates(await autoInput(whole));
  const isFirst = log.state.engine === null;
  const probe = await findEngine(preparation, {
    // The auto space is fitted to the final training, which has every core; a rung has one.
    threads: chosen ? 1 : threads,
    classes: whole.classes.length,
    candidates,
    ...(chosen ? {} : { slowestOfUse: slowestRateOfUse({ ...created, trainImages: trainingImages(whole) }) }),
  });
  if (isFirst && areWholeNames(whole.test)) {
    signal.throwIfAborted();
    log.record({ type: 'told', at: clock.nowSeconds(), message: wholeNamesReason });
  }
  let space = chosen ?? (await chooseSpace(withWhole, candidates, probe));
  signal.throwIfAborted();
  const sides = sidesToPack(log.state, space);
  const fitted = { ...withWhole, dataset: await fitData(withWhole, sides) };
  // With fewer images there is time for larger networks, but not for packing larger images than were counted on.
  if (chosen === null && fitted.dataset !== whole) {
    space = await chooseSpace(fitted, candidates, probe, Math.max(...sides));
  }
  signal.throwIfAborted();
  await pack(fitted, space);
  // An interruption during the last file is one, too.
  signal.throwIfAborted();
  if (!log.state.plan) plan(fitted, space, probe);
  return space;
}

/** Whether nothing is missing but an engine, and the packed data are there with the right sizes: the data set itself, which may be gone, is not needed then. */
function isReadyForFinal({ searchEnd, plan, created, submission, data }: StudyState): boolean {
  const hasSubmission = submission !== null || created?.submissionPath === null;
  if (!searchEnd || !plan || !hasSubmission || !data) return false;
  try {
    return openPack(data.directory).fingerprint === data.fingerprint;
  } catch (error) {
    if (error instanceof DamagedDataError) return false;
    throw error;
  }
}

/** Looks for an engine, measures candidates on it, and journals one that the study has not used so far. */
async function findEngine(
  { log, clock, executor, listen, threads, named, leaveOut, signal }: Preparation,
  request: Pick<Parameters<typeof probeEngine>[3], 'threads' | 'classes' | 'candidates' | 'slowestOfUse'>,
): Promise<ProbeReport> {
  const { budgetSeconds = 0 } = log.state.created ?? {};
  const ask = () =>
    probeEngine(executor, clock, listen, {
      ...request,
      startTimeoutSeconds: startTimeoutSeconds(budgetSeconds),
      secondsEach: Math.min(10, (probeShare * budgetSeconds) / Math.max(1, request.candidates.length)),
      signal,
    });
  const tell = (message: string) => {
    signal.throwIfAborted();
    log.record({ type: 'told', at: clock.nowSeconds(), message });
  };
  const probe = await askAgain(ask, named ? [[]] : lessAmbitious, leaveOut, tell);
  const { engine, precision } = probe.hello;
  const before = log.state.engine;
  // A resumed study may find another engine, or another number of cores.
  if (before?.engine !== engine || before.precision !== precision || before.threads !== threads) {
    log.record(engineChosen(probe.hello, threads, clock.nowSeconds()));
  }
  return probe;
}

/** The journal's line about an engine that a process has found. */
export function engineChosen(hello: ProbeReport['hello'], threads: number, at: number): EventOf<'engine-chosen'> {
  const { engine, description, precision, exclusive, unavailable, precisions } = hello;
  const facts = { engine, description, precision, exclusive, unavailable, precisions };
  return { type: 'engine-chosen', at, ...facts, slots: slotsOf({ exclusive }, threads), threads };
}

/** The default configuration's speed is needed only where a rung is not counted in seconds. */
function rateCandidates(space: SearchSpace): readonly Configuration[] {
  return space.scheduler.unit === 'seconds' ? [] : [defaultConfiguration(space)];
}

/** Images of one pass of the final training, as the auto space leaves `final.useValidation`. */
const trainingImages = ({ train, validation }: Dataset): number => train.length + validation.length;

async function autoInput(dataset: Dataset): Promise<{ imageSide: number; classes: number }> {
  return { imageSide: await typicalSide(dataset), classes: dataset.classes.length };
}

async function chooseSpace(
  { log, clock, dataset, threads }: WithDataset,
  candidates: readonly Configuration[],
  probe: ProbeReport,
  largestSide: number = Number.POSITIVE_INFINITY,
): Promise<SearchSpace> {
  const rates = candidates.map((configuration, index) => ({
    configuration,
    trainImagesPerSecond: probe.rates[index]?.trainImagesPerSecond ?? 0,
    replicas: probe.rates[index]?.replicas ?? 1,
  }));
  const budgetSeconds = log.state.created?.budgetSeconds ?? 0;
  const trainImages = trainingImages(dataset);
  const kind = await autoInput(dataset);
  const { precision, exclusive } = probe.hello;
  // A device of its own computes a whole batch at once.
  const busyThreads = exclusive ? 1 : threads;
  const { space, reasons } = autoSpace({
    ...kind,
    trainImages,
    budgetSeconds,
    largestSide,
    precision,
    rates,
    threads: busyThreads,
  });
  const at = clock.nowSeconds();
  log.record({ type: 'space-chosen', at, source: 'auto', hash: spaceHash(space), space: searchSpaceToPlain(space) });
  for (const reason of reasons) log.record({ type: 'told', at, message: `auto space: ${reason}` });
  return space;
}

async function pack(
  { log, clock, dataset, packPlaces, threads, signal, onPacking }: WithDataset,
  space: SearchSpace,
): Promise<void> {
  const {
    pack: packed,
    oddities,
    oddImages,
    reused,
    seconds,
  } = await packSomewhere(dataset, {
    resolutions: sidesToPack(log.state, space),
    places: packPlaces,
    threads,
    tell: (message) => log.record({ type: 'told', at: clock.nowSeconds(), message }),
    onProgress: onPacking,
    signal,
  });
  const before = log.state.data;
  if (before && before.fingerprint !== packed.fingerprint) {
    throw new InputError(
      dataset.directory,
      `the data of the study's start (${before.fingerprint})`,
      `other data (${packed.fingerprint})`,
      'a new study',
    );
  }
  // A resumed study may keep its packed data elsewhere.
  if (before?.directory === packed.directory) return;
  const { train, validation, test } = packed.splits;
  log.record({
    type: 'data-packed',
    at: clock.nowSeconds(),
    seconds,
    directory: packed.directory,
    fingerprint: packed.fingerprint,
    classes: packed.classes.length,
    train: train.count,
    validation: validation.count,
    test: test.count,
    resolutions: [...packed.resolutions],
    oddities: { ...oddities },
    reused,
  });
  for (const message of lostImages(oddities, oddImages)) log.record({ type: 'told', at: clock.nowSeconds(), message });
}

function sidesToPack({ trials }: StudyState, space: SearchSpace): readonly number[] {
  return resolutionsToPack(
    space,
    trials.map(({ configuration }) => configuration),
  );
}

/** Sides to pack: those of the space, for the deepest bracket a plan may have, and those of configurations given from outside. */
export function resolutionsToPack(space: SearchSpace, given: readonly Configuration[]): readonly number[] {
  const depth = space.fidelity.resolution < 1 ? 4 : 1;
  const sides = packResolutions(space, depth, parseRecipe({}).resolution);
  const ofGiven = given.flatMap((configuration) => configurationSides(configuration, resolutionOf(configuration)));
  return [...new Set([...sides, ...ofGiven])].sort((a, b) => a - b);
}

function plan({ log, clock, dataset }: WithDataset, space: SearchSpace, probe: ProbeReport): void {
  const { created, engine } = log.state;
  if (!created || !engine) throw new Error('study: expected a created study with an engine');
  const at = clock.nowSeconds();
  const secondsPerUnit = unitSeconds(space, dataset.train.length, probe.rates[0]?.trainImagesPerSecond ?? 0);
  const input: PlanInput = {
    budgetSeconds: created.budgetSeconds,
    searchStartsAt: at,
    withFinal: created.mode !== 'search',
    scheduler: space.scheduler,
    budget: space.budget,
    final: space.final,
    slots: engine.slots,
    secondsPerUnit,
    overheadSeconds: guessedOverheadSeconds,
  };
  const { searchEndsAt, endsAt, brackets, promotion } = makePlan(input);
  log.record({
    type: 'plan-made',
    at,
    searchEndsAt: created.mode === 'final' ? at : searchEndsAt,
    endsAt,
    secondsPerUnit,
    overheadSeconds: guessedOverheadSeconds,
    brackets: created.mode === 'final' ? [] : brackets.map((bracket) => bracket.map((rung) => ({ ...rung }))),
    promotion,
  });
  if (created.mode !== 'final' && brackets.length === 0) {
    log.record({
      type: 'told',
      at,
      message: `too little time is left for a search${created.mode === 'run' ? ': the default configuration is trained' : ''}`,
    });
  }
}

/** Seconds of one unit of resource at a measured throughput. */
function unitSeconds(space: SearchSpace, trainImages: number, imagesPerSecond: number): number {
  switch (space.scheduler.unit) {
    case 'seconds':
      return 1;
    case 'epochs':
      return trainImages / Math.max(imagesPerSecond, 1e-3);
    case 'samples':
      return 1 / Math.max(imagesPerSecond, 1e-3);
  }
}
