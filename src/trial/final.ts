import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PackedDataset } from '../data/types.js';
import { messageOf } from '../errors.js';
import { type Checkpoint, readCheckpoint, type TrainingPosition, writeCheckpoint } from '../training/checkpoint.js';
import { evaluate, predict } from '../training/evaluate.js';
import { FinalDeadline } from '../training/final-deadline.js';
import { type LoopResult, train } from '../training/loop.js';
import { parseRecipe, type Recipe } from '../training/recipe.js';
import { splitSubset } from '../training/replica-setup.js';
import { openRun, type Run } from '../training/run.js';
import { learningRateFactor } from '../training/schedule.js';
import type { Outcome, TrialContext } from './context.js';
import { writePredictions } from './predictions.js';
import type { FinalAssignment } from './protocol.js';

/** Time between two checkpoints: this part of the whole, and at least so many seconds. */
const checkpointShare = 0.02;
const checkpointSeconds = 5;

/** What an earlier attempt has left; null when there is nothing to go on from. */
function earlierAttempt(path: string, recipe: Recipe, resolution: number): Checkpoint | null {
  if (!existsSync(path)) return null;
  try {
    const checkpoint = readCheckpoint(path);
    if (isDeepStrictEqual(checkpoint.recipe, recipe) && checkpoint.resolution === resolution) return checkpoint;
    console.error(`${path} is of another configuration: training begins anew`);
  } catch (error) {
    console.error(`${messageOf(error)}: training begins anew`);
  }
  return null;
}

/** One final run: what its parts share. */
interface FinalRun {
  readonly assignment: FinalAssignment;
  readonly context: TrialContext;
  readonly recipe: Recipe;
  readonly pack: PackedDataset;
  readonly run: Run;
  readonly deadline: FinalDeadline;
}

/**
 * Trains until the deadline less what must still be done then, measured early and again whenever half of what was left has passed.
 * Restarted, it goes on from its checkpoint where the clock stands; without one its schedule begins anew. Then predicts the test images, and
 * with what time is left scores the model on validation images it has not seen.
 */
export async function runFinal(assignment: FinalAssignment, context: TrialContext): Promise<Outcome> {
  context.expect(null);
  mkdirSync(assignment.directory, { recursive: true });
  const recipe = parseRecipe(assignment.configuration);
  const pack = context.openData(assignment.data);
  const { resolution, useValidation, seed, threads, endsAtSeconds } = assignment;
  const checkpoint = earlierAttempt(join(assignment.directory, 'final.checkpoint'), recipe, resolution);
  const run = await openRun({
    engine: context.engine,
    pack,
    resolution,
    recipe,
    threads,
    seed,
    images: { subset: 1, useValidation, seed },
    checkpoint,
    memoryShare: assignment.memoryShare,
    tell: (message) => context.report({ type: 'told', message }),
  });
  context.report({ type: 'memory-estimate', bytes: run.expectedBytes });
  const deadline = new FinalDeadline({
    // Fresh weights get a whole schedule, warm-up included, however late they begin.
    beganAtSeconds: checkpoint === null ? context.now() : assignment.beganAtSeconds,
    endsAtSeconds,
    now: context.now,
    testImages: assignment.predictions === undefined ? 0 : pack.splits.test.count,
    validationImages: useValidation ? 0 : pack.splits.validation.count,
    mirrors: recipe['augmentation.flip'],
  });
  try {
    return await carryOut({ assignment, context, recipe, pack, run, deadline });
  } finally {
    await run.trainer.dispose();
  }
}

/** Seconds that a final run has spent beside its training steps. */
interface Spent {
  checkpointSeconds: number;
  inferenceSeconds: number;
}

async function carryOut(final: FinalRun): Promise<Outcome> {
  const { assignment, context, run } = final;
  const spent: Spent = { checkpointSeconds: 0, inferenceSeconds: 0 };
  const { result, position } = await trainUntilDeadline(final, spent);
  const epochs = position.images / run.imagesPerEpoch;
  if (result.ended === 'stopped') return { type: 'stopped' };
  if (position.step === 0) throw new Error('the time left was too short for a single training step');

  const savedAt = context.now();
  context.expect(null);
  const model = join(assignment.directory, 'model.checkpoint');
  writeCheckpoint(model, await run.snapshot(position));
  const predictedAt = context.now();
  spent.checkpointSeconds += predictedAt - savedAt;
  if (assignment.predictions !== undefined) await writeTestPredictions(final, assignment.predictions);
  spent.inferenceSeconds += context.now() - predictedAt;

  const evaluatedAt = context.now();
  const score = await validationScore(final);
  return {
    type: 'final-result',
    score,
    model,
    predictions: assignment.predictions ?? null,
    epochs,
    wallSeconds: context.now() - assignment.sentAtSeconds,
    trainSeconds: result.trainSeconds,
    dataSeconds: result.dataSeconds,
    evaluateSeconds: context.now() - evaluatedAt,
    ...spent,
    images: result.used.images,
  };
}

async function trainUntilDeadline(
  final: FinalRun,
  spent: Spent,
): Promise<{ result: LoopResult; position: TrainingPosition }> {
  const { assignment, context, recipe, run, deadline } = final;
  const { trainer, start } = run;
  const path = join(assignment.directory, 'final.checkpoint');
  const interval = Math.max(checkpointShare * deadline.totalSeconds, checkpointSeconds);
  const measureInference = async (): Promise<void> => {
    const startedAt = context.now();
    context.expect(null);
    await deadline.measureInference(trainer);
    spent.inferenceSeconds += context.now() - startedAt;
  };
  await measureInference();
  let savedAt = context.now();
  let stepStartedAt = context.now();
  const positionAfter = (step: number, images: number): TrainingPosition => ({
    step,
    images: start.images + images,
    resource: Math.max(0, context.now()),
  });
  const save = async (position: TrainingPosition): Promise<void> => {
    const startedAt = context.now();
    context.expect(null);
    writeCheckpoint(path, await run.snapshot(position));
    savedAt = context.now();
    deadline.sawWrite(savedAt - startedAt);
    spent.checkpointSeconds += savedAt - startedAt;
    context.report({ type: 'checkpoint', path, fraction: Math.min(1, deadline.fraction()), images: position.images });
  };

  const schedule = {
    shape: recipe['schedule.shape'],
    warmup: recipe['schedule.warmup'],
    hold: recipe['schedule.hold'],
  };
  const result = await train({
    trainer,
    recipe,
    step: start.step,
    fraction: () => deadline.fraction(),
    factor: (fraction) => assignment.learningRateFactor * learningRateFactor(schedule, fraction),
    warmUpStep: false,
    now: context.now,
    observer: {
      beforeStep: (expected) => {
        context.expect(expected);
        stepStartedAt = context.now();
      },
      stopRequested: context.stopRequested,
      afterStep: async ({ step, used }) => {
        deadline.sawStep(context.now() - stepStartedAt);
        if (context.now() - savedAt >= interval) await save(positionAfter(step, used.images));
        if (deadline.shouldMeasure) await measureInference();
      },
      progress: (progress) =>
        context.report({
          type: 'progress',
          fraction: progress.fraction,
          step: start.step + progress.steps,
          images: progress.images,
          epochs: (start.images + progress.images) / run.imagesPerEpoch,
          loss: progress.loss,
          learningRate: progress.learningRate,
          imagesPerSecond: progress.imagesPerSecond,
        }),
    },
  });
  const position = positionAfter(start.step + result.steps, result.used.images);
  console.error(`training ended with ${deadline.reserveSeconds.toFixed(2)} s kept for inference, writing and scoring`);
  if (result.ended === 'stopped') await save(position);
  return { result, position };
}

/** Top-1 on validation images; null where the model was trained on them, no time is left, or scoring fails: the model and its predictions stand. */
async function validationScore({ assignment, context, pack, run, deadline }: FinalRun): Promise<number | null> {
  const { labels, count } = pack.splits.validation;
  const left = deadline.evaluateUntil - context.now();
  if (assignment.useValidation || count === 0 || left < deadline.leastEvaluationSeconds) return null;
  try {
    const { score } = await evaluate({
      trainer: run.trainer,
      split: 'validation',
      labels,
      classes: pack.classes.length,
      subset: (fraction) => splitSubset(pack, 'validation', fraction),
      limitSeconds: left,
      now: context.now,
      beforeChunk: context.expect,
    });
    return score;
  } catch (error) {
    console.error('the final model could not be scored on the validation images:', error);
    return null;
  }
}

async function writeTestPredictions({ context, pack, run, deadline }: FinalRun, path: string): Promise<void> {
  const { classes } = await predict({
    trainer: run.trainer,
    split: 'test',
    count: pack.splits.test.count,
    classes: pack.classes.length,
    mirrorUntil: deadline.mirrorUntil,
    now: context.now,
    beforeChunk: context.expect,
  });
  writePredictions(path, pack, classes);
}
