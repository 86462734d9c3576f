import type { PackedDataset } from '../data/types.js';
import type { Engine } from '../engine/engine.js';
import type { NetworkPlan } from '../network/describe.js';
import type { Checkpoint, TrainingPosition } from './checkpoint.js';
import { DivergedError } from './loop.js';
import type { Recipe } from './recipe.js';
import { planNetwork, type TrainingImages, trainingItems } from './replica-setup.js';
import type { Trainer } from './replicas.js';
import { replicaCount, startTrainer } from './start-trainer.js';

/** Activations of one run of a program may take so many bytes; wasm has 4 GiB for everything. */
const memoryLimitBytes = 1.5 * 2 ** 30;

export interface RunOptions {
  readonly engine: Engine;
  readonly pack: PackedDataset;
  readonly resolution: number;
  readonly recipe: Recipe;
  readonly threads: number;
  /** Seeds the first weights. */
  readonly seed: string;
  /** Null for a run that only predicts. */
  readonly images: TrainingImages | null;
  /** Where to go on; null to begin with fresh weights. */
  readonly checkpoint: Checkpoint | null;
}

/** A network loaded into an engine, ready to train and predict. */
export interface Run {
  readonly trainer: Trainer;
  readonly plan: NetworkPlan;
  /** Where the run stood when it was opened. */
  readonly start: TrainingPosition;
  /** Images of one pass; 0 for a run that only predicts. */
  readonly imagesPerEpoch: number;
  /**
   * Everything needed to go on from here.
   * @throws DivergedError when a variable holds what is not a finite number.
   */
  snapshot(position: TrainingPosition): Promise<Checkpoint>;
}

const freshStart: TrainingPosition = { step: 0, images: 0, resource: 0 };

/** Opens a run; the caller disposes of its trainer. @throws Error when the checkpoint is of another network or data set. */
export async function openRun(options: RunOptions): Promise<Run> {
  const { engine, pack, resolution, recipe, threads, images, checkpoint } = options;
  const plan = planNetwork(recipe, resolution, pack.classes.length);
  if (checkpoint !== null && checkpoint.classes.join('\n') !== pack.classes.join('\n')) {
    throw new Error('the checkpoint was trained on other classes than the data set has');
  }
  const stream = images === null ? '' : `${images.seed}:${images.subset}:${images.useValidation}`;
  const goesOn = checkpoint !== null && checkpoint.batches.stream === stream;
  const trainer = await startTrainer(
    {
      engine: engine.name,
      data: pack.directory,
      resolution,
      recipe,
      images: images === null ? null : { ...images, seed: stream },
      variables: checkpoint === null ? plan.initialValues(options.seed) : valuesOf(checkpoint),
      batches: goesOn ? { epoch: checkpoint.batches.epoch, position: checkpoint.batches.position } : null,
      memoryLimitBytes,
    },
    replicaCount(engine, threads, recipe['optimizer.batchSize']),
    engine,
    pack,
  );
  const gradients = new Set(plan.programs.gradients);
  return {
    trainer,
    plan,
    start: checkpoint?.position ?? freshStart,
    imagesPerEpoch: images === null ? 0 : trainingItems(pack, images).length,
    snapshot: async (position) => {
      const batches = { stream, ...(trainer.batches ?? { epoch: 0, position: 0 }) };
      // Gradients are zero between two steps.
      const kept = plan.programs.variables.filter(({ name }) => !gradients.has(name));
      const variables = await Promise.all(
        kept.map(async ({ name, shape }) => ({ name, shape, values: finite(name, await trainer.session.read(name)) })),
      );
      return { variables, recipe, resolution, classes: [...pack.classes], engine: engine.name, position, batches };
    },
  };
}

function valuesOf({ variables }: Checkpoint): ReadonlyMap<string, Float32Array> {
  return new Map(variables.map(({ name, values }) => [name, values]));
}

function finite(name: string, values: Float32Array): Float32Array {
  if (!values.every(Number.isFinite)) throw new DivergedError(`the variable ${name} is no longer finite`);
  return values;
}
