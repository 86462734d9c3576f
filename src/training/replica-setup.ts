import seedrandom from 'seedrandom';
import {
  type BatchPart,
  type BatchPosition,
  type BatchSettings,
  beginOfPart,
  TrainingBatches,
} from '../data/batches.js';
import { trainingItems } from '../data/items.js';
import { PrefetchedBatches } from '../data/prefetched-batches.js';
import { openReader, readImages } from '../data/reader.js';
import { smoothedTargets } from '../data/targets.js';
import type { ImageReader, PackedDataset } from '../data/types.js';
import type { Engine, Session } from '../engine/engine.js';
import { describeNetwork, type NetworkDescription, type NetworkPlan, type UpdateRule } from '../network/describe.js';
import type { TrainingPrograms } from '../program/types.js';
import { type DropRates, drawMasks } from './masks.js';
import type { Recipe } from './recipe.js';
import { Replica, type ReplicaParts } from './replica.js';
import type { InferenceRequest, LocalReplica } from './replicas.js';
import { type BatchStream, SidedBatches } from './sided-batches.js';
import { viewed } from './views.js';

/** Which images a replica trains on. */
export interface TrainingImages {
  /** Part of the training images, in (0, 1]; a smaller part lies within every larger one. */
  readonly subset: number;
  /** Whether each pass sees another part. */
  readonly resample: boolean;
  /** Part of the classes, in (0, 1]; a smaller part lies within every larger one. */
  readonly classes: number;
  /** Whether the validation images are trained on too. */
  readonly useValidation: boolean;
  /** Seeds the order and the augmentation. */
  readonly seed: string;
}

/** Everything that makes a replica: plain data, so that it can be handed to another thread. */
export interface ReplicaSetup {
  /** Name of the engine. */
  readonly engine: string;
  /** Folder of the packed data set. */
  readonly data: string;
  /** Sides in pixels of the training images, the full one last: `accumulate` and `evaluate` are for that. */
  readonly sides: readonly number[];
  readonly recipe: Recipe;
  /** Null for a replica that only predicts. */
  readonly images: TrainingImages | null;
  /** First values of the session's variables; what is absent starts at zero. */
  readonly variables: ReadonlyMap<string, Float32Array>;
  /** Where the stream of batches goes on; null at its beginning. */
  readonly batches: BatchPosition | null;
  /** The network as it is to be computed: one of its plan's steps. */
  readonly programs: TrainingPrograms;
  /** Most images a run of a program may hold. */
  readonly maxImages: number;
  /** Threads that make batches ahead of their use; 0: the replica makes its own, as each of several does. */
  readonly batchWorkers: number;
}

/** Longer than any batch takes: a thread that is silent for so long is lost. */
const batchTimeoutSeconds = 60;

function blocksOf(blocks: Recipe['network.blocks']): number | readonly number[] {
  return typeof blocks === 'number' ? blocks : blocks.split('-').map(Number);
}

/** The network that a recipe asks for. */
export function descriptionOf(recipe: Recipe, resolution: number, classes: number): NetworkDescription {
  return {
    family: recipe['network.family'],
    width: recipe['network.width'],
    block: recipe['network.block'],
    blocks: blocksOf(recipe['network.blocks']),
    stages: recipe['network.stages'],
    stem: recipe['network.stem'],
    blur: recipe['network.blur'],
    squeezeExcite: recipe['network.squeezeExcite'],
    dropout: recipe['regularisation.dropout'] > 0,
    dropPath: recipe['regularisation.dropPath'] > 0,
    resolution,
    classes,
  };
}

/** How a recipe wants weights to be updated. */
export function updateRuleOf(recipe: Recipe): UpdateRule {
  return {
    optimizer: recipe['optimizer.kind'],
    clips: recipe['optimizer.clip'] > 0,
    biasRate: recipe['optimizer.biasRate'],
    averagesTail: recipe['average.tail'] > 0,
  };
}

/** The network and the optimiser that a recipe asks for. */
export function planNetwork(recipe: Recipe, resolution: number, classes: number): NetworkPlan {
  return describeNetwork(descriptionOf(recipe, resolution, classes), updateRuleOf(recipe));
}

/** The stream of a replica that makes its own part of every batch, or of one for which other threads make them. */
function openBatches(
  { images, recipe, batches, batchWorkers: workers }: ReplicaSetup,
  part: BatchPart,
  pack: PackedDataset,
  readerOf: (side: number) => ImageReader,
): SidedBatches | null {
  if (images === null) return null;
  if (workers > 0 && part.of > 1) throw new Error('other threads make batches for a single replica only');
  const settings: BatchSettings = {
    items: trainingItems(pack, images),
    classes: pack.classes.length,
    batchSize: recipe['optimizer.batchSize'],
    seed: images.seed,
    augmentation: {
      flip: recipe['augmentation.flip'],
      pad: recipe['augmentation.pad'],
      crop: recipe['augmentation.crop'],
      randAugment: recipe['augmentation.randAugment'],
      erasing: recipe['augmentation.erasing'],
    },
    mixing: { mixup: recipe['augmentation.mixup'], cutmix: recipe['augmentation.cutmix'] },
  };
  const timeoutSeconds = batchTimeoutSeconds;
  const open = (resolution: number, start: BatchPosition): BatchStream =>
    workers > 0
      ? new PrefetchedBatches({ pack, resolution, settings, start, workers, timeoutSeconds })
      : new TrainingBatches(readerOf(resolution), settings, start, part);
  return new SidedBatches(open, batches ?? undefined);
}

/** Opens readers as they are asked for, and closes them all. */
function readersOf(pack: PackedDataset): { readonly of: (side: number) => ImageReader; readonly close: () => void } {
  const readers = new Map<number, ImageReader>();
  return {
    of: (side) => {
      const reader = readers.get(side) ?? openReader(pack, side);
      readers.set(side, reader);
      return reader;
    },
    close: () => {
      for (const reader of readers.values()) reader.close();
    },
  };
}

/** Draws the masks of a replica's part of every batch. */
function masksOf({ images, recipe, programs }: ReplicaSetup, part: BatchPart): NonNullable<ReplicaParts['masks']> {
  const { masks = [] } = programs;
  const seed = seedrandom.alea(`${images?.seed}:masks`).int32();
  const first = beginOfPart(part, recipe['optimizer.batchSize']);
  return (at, [begin, end], strength) => {
    const rates: DropRates = {
      dropout: strength * recipe['regularisation.dropout'],
      dropPath: strength * recipe['regularisation.dropPath'],
    };
    return drawMasks(masks, rates, seed, at, [first + begin, first + end]);
  };
}

/**
 * Loads the network, opens the images and puts everything where the setup says.
 * @param hears what the replica says; default: its words go to the log.
 * @throws what opening or loading throws; nothing stays open then.
 */
export async function openReplica(
  setup: ReplicaSetup,
  part: BatchPart,
  engine: Engine,
  pack: PackedDataset,
  hears: Pick<ReplicaParts, 'tell' | 'betweenRuns'> = { tell: (message) => console.error(message) },
): Promise<LocalReplica> {
  const { recipe, sides, programs, maxImages } = setup;
  const classes = pack.classes.length;
  const full = sides.at(-1) ?? recipe.resolution;
  const readers = readersOf(pack);
  let session: Session | null = null;
  let batches: SidedBatches | null = null;
  const close = async (): Promise<void> => {
    session?.dispose();
    readers.close();
    await batches?.close();
  };
  try {
    readers.of(full);
    batches = openBatches(setup, part, pack, readers.of);
    const partSize = Math.ceil(recipe['optimizer.batchSize'] / part.of);
    session = await engine.load(programs, Math.min(partSize, maxImages));
    for (const [name, values] of setup.variables) session.write(name, values);
    const replica = new Replica({
      session,
      precision: engine.precision,
      programs,
      batches,
      targets: (labels, strength, mixed) =>
        smoothedTargets(labels, classes, strength * recipe['regularisation.labelSmoothing'], mixed),
      masks: masksOf(setup, part),
      sides,
      partSize,
      classes,
      maxImages,
      now: () => performance.now() / 1000,
      ...hears,
    });
    /** Null where no images are asked for. */
    const shown = ({ split, indices, view }: InferenceRequest) => {
      if (indices.length === 0) return null;
      return { images: viewed(readImages(readers.of(view.side), split, indices), view), count: indices.length };
    };
    return {
      replica,
      infer: async (request) => {
        const batch = shown(request);
        return batch === null ? new Float32Array() : replica.infer(batch.images, batch.count, request.view.side);
      },
      recalibrate: async (request, seen) => {
        const batch = shown(request);
        if (batch !== null) await replica.recalibrate(batch.images, batch.count, request.view.side, seen);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
