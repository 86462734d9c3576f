import { makePlan, type PlanInput } from '../budget/plan.js';
import { DamagedDataError } from '../data/damage.js';
import { areWholeNames } from '../data/layouts/ids.js';
import { openPack } from '../data/pack/open.js';
import { typicalSide } from '../data/side.js';
import type { Dataset } from '../data/types.js';
import { autoCandidates, autoSpace, slowestRateOfUse } from '../space/auto.js';
import { searchSpaceFromPlain, searchSpaceToPlain, spaceHash } from '../space/plain.js';
import { defaultConfiguration } from '../space/sample.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import type { StudyState } from '../state/types.js';
import { guessedOverheadSeconds } from './feasible.js';
import { type EngineSearch, findEngine } from './find-engine.js';
import { fitData } from './fit-data.js';
import { type Packing, packFor, sidesToPack } from './packing.js';
import type { ProbeReport } from './probe.js';

export interface Preparation extends EngineSearch, Omit<Packing, 'dataset'> {
  /** Reads the data set, which may take a while and fail; not asked where the packed data are all that is needed. */
  readonly dataset: () => Promise<Dataset>;
}

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
  await packFor(fitted, space);
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
