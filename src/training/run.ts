import { imagesPerPass, trainingItems } from '../data/items.js';
import type { PackedDataset } from '../data/types.js';
import type { Engine } from '../engine/engine.js';
import type { NetworkPlan } from '../network/describe.js';
import { elements } from '../program/geometry.js';
import type { SidePrograms } from '../program/types.js';
import type { Checkpoint, RungPosition, TrainingNotes, TrainingPosition } from './checkpoint.js';
import { FirstStepTrainer, type SmallerTrainer } from './first-step.js';
import { type FittedStep, fitBatch, fitStep, takeShare } from './fit.js';
import { DivergedError } from './loop.js';
import { activationLimitBytes, memorySources, stepBytes } from './memory-limit.js';
import type { Recipe } from './recipe.js';
import { planNetwork, type TrainingImages } from './replica-setup.js';
import type { Trainer } from './replicas.js';
import { type RunSides, runSides } from './sides.js';
import { batchWorkerCount, replicaCount, startTrainer } from './start-trainer.js';

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
  /** Part of the usual micro-batch that a run of a program may hold, in (0, 1]; default 1. */
  readonly memoryShare?: number;
  /** Threads that make batches ahead of their use; default: as many as suit the engine. */
  readonly batchWorkers?: number;
  /** Says what people should know; default: nobody but the log hears it. */
  readonly tell?: (message: string) => void;
}

/** A network loaded into an engine, ready to train and predict. */
export interface Run {
  readonly trainer: Trainer;
  readonly plan: NetworkPlan;
  readonly sides: RunSides;
  /** Where the run stood when it was opened. */
  readonly start: TrainingPosition;
  /** Images of one pass; 0 for a run that only predicts. */
  readonly imagesPerEpoch: number;
  /** What a training step is expected to take of the engine's memory, all replicas together. */
  readonly expectedBytes: number;
  /**
   * Everything needed to go on from here.
   * @param within where in a rung; default null.
   * @param notes of the training; default: none.
   * @throws DivergedError when a variable holds what is not a finite number.
   */
  snapshot(position: TrainingPosition, within?: RungPosition, notes?: Partial<TrainingNotes>): Promise<Checkpoint>;
}

const freshStart: TrainingPosition = { step: 0, images: 0, resource: 0 };

/** Opens a run; the caller disposes of its trainer. @throws Error when the checkpoint is of another network or data set. */
export async function openRun(options: RunOptions): Promise<Run> {
  const { engine, pack, resolution, recipe, threads, images, checkpoint } = options;
  const sides = runSides(recipe, resolution, pack.resolutions);
  const plan = planNetwork(recipe, resolution, pack.classes.length);
  if (checkpoint !== null && checkpoint.classes.join('\n') !== pack.classes.join('\n')) {
    throw new Error('the checkpoint was trained on other classes than the data set has');
  }
  const stream = images === null ? '' : streamOf(images);
  const goesOn = checkpoint !== null && checkpoint.batches.stream === stream;
  const replicas = replicaCount(engine, threads, recipe['optimizer.batchSize']);
  const tell = (message: string): void => {
    console.error(message);
    options.tell?.(message);
  };
  const start = (fitted: FittedStep): Promise<Trainer> =>
    startTrainer(
      {
        engine: engine.name,
        data: pack.directory,
        sides: sides.training,
        recipe,
        images: images === null ? null : { ...images, seed: stream },
        variables: checkpoint === null ? plan.initialValues(options.seed) : valuesOf(checkpoint),
        batches: goesOn ? { epoch: checkpoint.batches.epoch, position: checkpoint.batches.position } : null,
        programs: { ...fitted.way.programs, otherSides: programsOf(sides, recipe, pack, images !== null, fitted) },
        maxImages: fitted.maxImages,
        batchWorkers: options.batchWorkers ?? batchWorkerCount(engine, threads),
      },
      replicas,
      engine,
      pack,
      tell,
    );
  const variableBytes = bytesOf(plan);
  const limitBytes = activationLimitBytes(engine, variableBytes, memorySources(threads, process.env));
  const part = Math.ceil(recipe['optimizer.batchSize'] / replicas);
  const fitted = (bytes: number): FittedStep => fitStep(plan, images === null ? 1 : part, bytes);
  const usual = fitted(limitBytes);
  const first = takeShare(usual, images === null ? usual.maxImages : part, options.memoryShare ?? 1, fitted);
  const bytesIn = ({ way, maxImages }: FittedStep) => Math.min(part, maxImages) * way.activationBytesPerImage;
  const activationBytes = bytesIn(first);
  // With one image in a run there may be no way that holds less.
  const findSmaller = (): SmallerTrainer | null => {
    const second = fitted(activationBytes / 2);
    const share = bytesIn(second) / activationBytes;
    return share < 1 ? { share, open: () => start(second) } : null;
  };
  const trainer = new FirstStepTrainer(await start(first), findSmaller, tell);
  // With one side the first step itself shows what it takes.
  if (images !== null && sides.training.length > 1) {
    try {
      await trainer.prepare();
    } catch (error) {
      await trainer.dispose();
      throw error;
    }
  }
  const gradients = new Set(plan.programs.gradients);
  return {
    trainer,
    plan,
    sides,
    start: checkpoint?.position ?? freshStart,
    imagesPerEpoch: images === null ? 0 : imagesPerPass(trainingItems(pack, images)),
    expectedBytes: replicas * stepBytes(engine, variableBytes, activationBytes),
    snapshot: async (position, within = null, notes = {}) => {
      const batches = { stream, ...(trainer.batches ?? { epoch: 0, position: 0 }) };
      // Gradients are zero between two steps.
      const kept = plan.programs.variables.filter(({ name }) => !gradients.has(name));
      const variables = await Promise.all(
        kept.map(async ({ name, shape }) => ({ name, shape, values: finite(name, await trainer.session.read(name)) })),
      );
      return {
        variables,
        recipe,
        resolution,
        classes: [...pack.classes],
        engine: engine.name,
        position,
        within,
        rung: null,
        learningRateFactor: 1,
        beganAtSeconds: null,
        trainingLoss: null,
        ...notes,
        batches,
      };
    },
  };
}

/**
 * The programs of a run for sides other than the full one. At a smaller side the step is fitted into the memory that it takes at the full one.
 * @param trains false for a run that only predicts.
 */
function programsOf(
  sides: RunSides,
  recipe: Recipe,
  pack: PackedDataset,
  trains: boolean,
  { way, maxImages }: FittedStep,
): ReadonlyMap<number, SidePrograms> {
  const programs = new Map<number, SidePrograms>();
  const planAt = (side: number) => planNetwork(recipe, side, pack.classes.length);
  for (const side of trains ? sides.training.slice(0, -1) : []) {
    const { way: own } = fitBatch(planAt(side).steps(), maxImages, maxImages * way.activationBytesPerImage);
    programs.set(side, { accumulate: own.programs.accumulate });
  }
  const judging = planAt(sides.evaluation);
  const recalibrates = trains && recipe['average.statistics'] === 'recomputed';
  programs.set(sides.evaluation, {
    ...(sides.evaluation === sides.full ? {} : { evaluate: judging.programs.evaluate }),
    ...(recalibrates ? { recalibrate: judging.recalibrate() } : {}),
  });
  return programs;
}

/** What tells one order of images from another: positions in it mean the same only where this is the same. */
function streamOf({ seed, subset, resample, classes, useValidation }: TrainingImages): string {
  const rest = [...(resample ? ['resampled'] : []), ...(classes < 1 ? [`classes ${classes}`] : [])];
  return [seed, subset, useValidation, ...rest].join(':');
}

/** Of all variables of a session; they are float32. */
function bytesOf({ programs }: NetworkPlan): number {
  return 4 * programs.variables.reduce((sum, { shape }) => sum + elements(shape), 0);
}

function valuesOf({ variables }: Checkpoint): ReadonlyMap<string, Float32Array> {
  return new Map(variables.map(({ name, values }) => [name, values]));
}

function finite(name: string, values: Float32Array): Float32Array {
  if (!values.every(Number.isFinite)) throw new DivergedError(`the variable ${name} is no longer finite`);
  return values;
}
