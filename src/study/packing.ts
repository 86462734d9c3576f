import { lostImages } from '../data/pack/odd-images.js';
import { packSomewhere } from '../data/pack/places.js';
import type { Dataset } from '../data/types.js';
import { InputError } from '../errors.js';
import type { Clock } from '../executor/executor.js';
import { configurationSides, packResolutions } from '../space/pack-sides.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import type { StudyState } from '../state/types.js';
import { parseRecipe } from '../training/recipe.js';
import { resolutionOf } from './assignment.js';
import type { StudyLog } from './log.js';

/** What packing a study's images takes. */
export interface Packing {
  readonly log: StudyLog;
  readonly clock: Clock;
  readonly dataset: Dataset;
  /** Folders for packed data sets, best first. */
  readonly packPlaces: readonly string[];
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onPacking: (done: number, total: number) => void;
}

/** Packs the images at all sides that a study may ask for, and journals it. @throws InputError where they are others than at the study's start */
export async function packFor(
  { log, clock, dataset, packPlaces, threads, signal, onPacking }: Packing,
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

export function sidesToPack({ trials }: StudyState, space: SearchSpace): readonly number[] {
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
