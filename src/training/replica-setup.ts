import { type BatchPosition, type ItemReference, TrainingBatches } from '../data/batches.js';
import { evaluationBatches } from '../data/evaluation-batches.js';
import { openReader } from '../data/reader.js';
import { subsetIndices } from '../data/subset.js';
import { smoothedTargets } from '../data/targets.js';
import type { ImageReader, PackedDataset, SplitName } from '../data/types.js';
import type { Engine, Session } from '../engine/engine.js';
import { describeNetwork, type NetworkDescription, type NetworkPlan, type UpdateRule } from '../network/describe.js';
import type { TrainingPrograms } from '../program/types.js';
import { mirrorImages } from './mirror.js';
import type { Recipe } from './recipe.js';
import { Replica } from './replica.js';
import type { LocalReplica } from './replicas.js';

/** Which images a replica trains on. */
export interface TrainingImages {
  /** Part of the training images, in (0, 1]; a smaller part lies within every larger one. */
  readonly subset: number;
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
  readonly resolution: number;
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
}

export interface ReplicaPart {
  readonly index: number;
  readonly of: number;
}

/** Subsets are the same for all trials of a study, so that these are compared on the same images. */
const subsetSeed = 'subset';

/** The network that a recipe asks for. */
export function descriptionOf(recipe: Recipe, resolution: number, classes: number): NetworkDescription {
  return {
    family: recipe['network.family'],
    width: recipe['network.width'],
    blocks: recipe['network.blocks'],
    stages: recipe['network.stages'],
    stem: recipe['network.stem'],
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
  };
}

/** The network and the optimiser that a recipe asks for. */
export function planNetwork(recipe: Recipe, resolution: number, classes: number): NetworkPlan {
  return describeNetwork(descriptionOf(recipe, resolution, classes), updateRuleOf(recipe));
}

/** A stratified part of a split, as indices into it; nested for growing fractions. */
export function splitSubset(pack: PackedDataset, split: SplitName, fraction: number): Int32Array {
  return subsetIndices(pack.splits[split].labels, fraction, subsetSeed);
}

/** The training images in the order that batch positions refer to. */
export function trainingItems(
  pack: PackedDataset,
  { subset, useValidation }: TrainingImages,
): readonly ItemReference[] {
  const train = Array.from(splitSubset(pack, 'train', subset), (index) => ({ split: 'train' as const, index }));
  if (!useValidation) return train;
  const validation = { length: pack.splits.validation.count };
  return [...train, ...Array.from(validation, (_, index) => ({ split: 'validation' as const, index }))];
}

function openBatches(
  { images, recipe, batches }: ReplicaSetup,
  part: ReplicaPart,
  pack: PackedDataset,
  reader: ImageReader,
): TrainingBatches | null {
  if (images === null) return null;
  const items = trainingItems(pack, images);
  const stream = new TrainingBatches({
    reader,
    items,
    labels: Int32Array.from(items, ({ split, index }) => pack.splits[split].labels[index] ?? -1),
    classes: pack.classes.length,
    batchSize: recipe['optimizer.batchSize'],
    seed: images.seed,
    flip: recipe['augmentation.flip'],
    pad: recipe['augmentation.pad'],
    part,
  });
  if (batches !== null) stream.restore(batches);
  return stream;
}

/**
 * Loads the network, opens the images and puts everything where the setup says.
 * @throws what opening or loading throws; nothing stays open then.
 */
export async function openReplica(
  setup: ReplicaSetup,
  part: ReplicaPart,
  engine: Engine,
  pack: PackedDataset,
): Promise<LocalReplica> {
  const { recipe, resolution, programs, maxImages } = setup;
  const classes = pack.classes.length;
  const reader = openReader(pack, resolution);
  let session: Session | null = null;
  const close = (): void => {
    session?.dispose();
    reader.close();
  };
  try {
    const batches = openBatches(setup, part, pack, reader);
    session = await engine.load(programs);
    for (const [name, values] of setup.variables) session.write(name, values);
    const replica = new Replica({
      session,
      precision: engine.precision,
      programs,
      batches,
      targets: (labels) => smoothedTargets(labels, classes, recipe['regularisation.labelSmoothing']),
      imageBytes: reader.imageBytes,
      classes,
      maxImages,
      now: () => performance.now() / 1000,
    });
    return {
      replica,
      infer: async ({ split, indices, mirrored }) => {
        const [batch] = evaluationBatches(reader, split, indices, Math.max(1, indices.length));
        if (batch === undefined) return new Float32Array();
        if (mirrored) mirrorImages(batch.images, resolution);
        return replica.infer(batch.images, batch.count);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
