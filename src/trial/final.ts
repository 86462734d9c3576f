import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Durability } from '../atomic-file.js';
import type { PackedDataset } from '../data/types.js';
import { type Checkpoint, type TrainingPosition, writeCheckpoint } from '../training/checkpoint.js';
import { evaluate, predict } from '../training/evaluate.js';
import { FinalDeadline } from '../training/final-deadline.js';
import { type LoopResult, train } from '../training/loop.js';
import { parseRecipe, type Recipe } from '../training/recipe.js';
import { expectedEpochs, regularisationStrength } from '../training/regularisation.js';
import { splitSubset } from '../training/replica-setup.js';
import { openRun, type Run } from '../training/run.js';
import { learningRateFactor } from '../training/schedule.js';
import { viewsOf, viewText, type WeightedView } from '../training/views.js';
import type { Outcome, TrialContext } from './context.js';
import { writePredictions } from './predictions.js';
import type { FinalAssignment } from './protocol.js';
import { Saves } from './saves.js';
import { finalFiles, firstWhole, keepAsPrevious } from './whole.js';

/** What earlier attempts have left, also on larger images; null when there is nothing to go on from. */
function earlierAttempt(
  directory: string,
  recipe: Recipe,
  tell: (message: string) => void,
): { readonly checkpoint: Checkpoint; readonly path: string } | null {
  const { newest, previous } = finalFiles(directory);
  const isOwn = (checkpoint: Checkpoint, path: string) => {
    const own = isDeepStrictEqual(checkpoint.recipe, recipe);
    if (!own) tell(`${path} is of another configuration; it is left out`);
    return own;
  };
  const found = firstWhole([newest, previous], isOwn, tell);
  if (found === null && (existsSync(newest) || existsSync(previous))) tell('the final training begins anew');
  if (found?.path === previous) tell('the final training goes on from the checkpoint before its last');
  return found;
}

/** One final run: what its parts share. */
interface FinalRun {
  readonly assignment: FinalAssignment;
  readonly context: TrialContext;
  readonly recipe: Recipe;
  readonly pack: PackedDataset;
  readonly run: Run;
  /** How the test images are shown. */
  readonly views: readonly [WeightedView, ...WeightedView[]];
  readonly deadline: FinalDeadline;
  readonly saves: Saves;
  /** Whether it goes on from the newest checkpoint of an earlier attempt; one that is damaged must not take the place of the one before it. */
  readonly isNewestWhole: boolean;
}

/**
 * Trains until the deadline less what must still be done then, measured early and again whenever half of what was left has passed.
 * Restarted, it goes on from its checkpoint where the clock stands; without one its schedule begins anew. Then predicts the test images, and
 * with what time is left scores the model on validation images it has not seen.
 */
export async function runFinal(assignment: FinalAssignment, context: TrialContext): Promise<Outcome> {
  context.expect(null);
  const tell = (message: string) => context.report({ type: 'told', message });
  const recipe = parseRecipe(assignment.configuration);
  const pack = context.openData(assignment.data);
  const { resolution, useValidation, seed, threads, endsAtSeconds } = assignment;
  const earlier = earlierAttempt(assignment.directory, recipe, tell);
  const checkpoint = earlier?.checkpoint ?? null;
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
    tell,
  });
  context.report({ type: 'memory-estimate', bytes: run.expectedBytes });
  const views = viewsOf(run.sides, recipe['augmentation.flip'], assignment.views);
  const deadline = new FinalDeadline({
    // Fresh weights get a whole schedule, warm-up included, however late they begin.
    beganAtSeconds: checkpoint === null ? context.now() : assignment.beganAtSeconds,
    endsAtSeconds,
    now: context.now,
    testImages: assignment.predictions === undefined ? 0 : pack.splits.test.count,
    validationImages: useValidation ? 0 : pack.splits.validation.count,
    views,
  });
  try {
    const saves = new Saves(context, assignment.saveEverySeconds);
    const isNewestWhole = earlier?.path === finalFiles(assignment.directory).newest;
    return await carryOut({ assignment, context, recipe, pack, run, views, deadline, saves, isNewestWhole });
  } finally {
    await run.trainer.dispose();
  }
}

/** What a final run has spent predicting, and on which views of all test images. */
interface Spent {
  inferenceSeconds: number;
  views: readonly string[];
}

async function carryOut(final: FinalRun): Promise<Outcome> {
  const { assignment, context, run, saves } = final;
  const spent: Spent = { inferenceSeconds: 0, views: [] };
  const { result, position } = await trainUntilDeadline(final, spent);
  const epochs = position.images / run.imagesPerEpoch;
  if (result.ended === 'stopped') return { type: 'stopped' };
  if (position.step === 0) throw new Error('the time left was too short for a single training step');

  context.expect(null);
  // Numbers that are not finite show here: such a network predicts nothing.
  const snapshot = await run.snapshot(position);
  const predictions = await writeTestPredictions(final, spent);
  const { model } = finalFiles(assignment.directory);
  const isSaved = await saves.write(model, () => writeCheckpoint(model, snapshot), assignment.endsAtSeconds);
  // Known before the score, which may never come.
  if (isSaved) context.report({ type: 'checkpoint', path: model, fraction: 1, images: position.images });

  const evaluatedAt = context.now();
  const score = await validationScore(final);
  return {
    type: 'final-result',
    score,
    model: isSaved ? model : null,
    predictions,
    epochs,
    wallSeconds: context.now() - assignment.sentAtSeconds,
    trainSeconds: result.trainSeconds,
    dataSeconds: result.dataSeconds,
    evaluateSeconds: context.now() - evaluatedAt,
    inferenceSeconds: spent.inferenceSeconds,
    views: [...spent.views],
    checkpointSeconds: saves.seconds,
    images: position.images,
  };
}

async function trainUntilDeadline(
  final: FinalRun,
  spent: Spent,
): Promise<{ result: LoopResult; position: TrainingPosition }> {
  const { assignment, context, recipe, run, deadline, saves } = final;
  const { trainer, start } = run;
  const { newest, previous } = finalFiles(assignment.directory);
  const measureInference = async (): Promise<void> => {
    const startedAt = context.now();
    context.expect(null);
    await deadline.measureInference(trainer);
    spent.inferenceSeconds += context.now() - startedAt;
  };
  await measureInference();
  let stepStartedAt = context.now();
  const positionAfter = (step: number, images: number): TrainingPosition => ({
    step,
    images: start.images + images,
    resource: Math.max(0, context.now()),
  });
  let isNewestWhole = final.isNewestWhole;
  /** @param waitUntil the disk is waited for until then: 0 where a later save makes up for this one. */
  const save = async (position: TrainingPosition, durability: Durability, waitUntil: number): Promise<void> => {
    const startedAt = context.now();
    const write = async () => {
      const snapshot = await run.snapshot(position);
      if (isNewestWhole) keepAsPrevious({ newest, previous });
      writeCheckpoint(newest, snapshot, durability);
      isNewestWhole = true;
    };
    if (!(await saves.write(newest, write, waitUntil))) return;
    deadline.sawWrite(context.now() - startedAt, durability);
    const fraction = Math.min(1, deadline.fraction());
    context.report({ type: 'checkpoint', path: newest, fraction, images: position.images });
  };

  const schedule = {
    shape: recipe['schedule.shape'],
    warmup: recipe['schedule.warmup'],
    hold: recipe['schedule.hold'],
  };
  const begunAt = Math.min(1, deadline.fraction());
  const regularise = (images: number): void => {
    const fraction = Math.min(1, deadline.fraction());
    const here = { images, resource: Math.max(0, fraction - begunAt) };
    const before = { images: start.images, resource: begunAt };
    const epochs = expectedEpochs(before, here, 1 - fraction, run.imagesPerEpoch);
    trainer.regularise(regularisationStrength(recipe, epochs));
  };
  regularise(0);
  const result = await train({
    trainer,
    recipe,
    step: start.step,
    fraction: () => deadline.fraction(),
    factor: (fraction) => assignment.learningRateFactor * learningRateFactor(schedule, fraction),
    side: (fraction) => run.sides.at(fraction),
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
        regularise(used.images);
        // The first one tells how long the model will take.
        const durability = deadline.wantsLastingWrite ? 'lasting' : 'fast';
        if (saves.isDue) await save(positionAfter(step, used.images), durability, 0);
        if (deadline.shouldMeasure) await measureInference();
      },
      progress: (progress) =>
        context.report({
          type: 'progress',
          fraction: progress.fraction,
          step: start.step + progress.steps,
          images: start.images + progress.images,
          epochs: (start.images + progress.images) / run.imagesPerEpoch,
          loss: progress.loss,
          learningRate: progress.learningRate,
          imagesPerSecond: progress.imagesPerSecond,
        }),
    },
  });
  const position = positionAfter(start.step + result.steps, result.used.images);
  console.error(`training ended with ${deadline.reserveSeconds.toFixed(2)} s kept for inference, writing and scoring`);
  if (result.ended === 'stopped') await save(position, 'lasting', assignment.endsAtSeconds);
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
      side: run.sides.evaluation,
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

/** @returns where the predictions stand; null where none are wanted, or the disk did not take them. */
async function writeTestPredictions(
  { assignment, context, pack, run, views, deadline, saves }: FinalRun,
  spent: Spent,
): Promise<string | null> {
  const { predictions: path } = assignment;
  if (path === undefined) return null;
  const startedAt = context.now();
  const { count } = pack.splits.test;
  const { classes, images } = await predict({
    trainer: run.trainer,
    split: 'test',
    count,
    classes: pack.classes.length,
    views,
    until: deadline.viewsUntil,
    now: context.now,
    beforeChunk: context.expect,
  });
  spent.inferenceSeconds += context.now() - startedAt;
  spent.views = views.filter((_, index) => images[index] === count).map(viewText);
  const write = () => writePredictions(path, pack, classes);
  if (!(await saves.write(path, write, assignment.endsAtSeconds))) return null;
  // Whatever becomes of the model and its score: the study puts them in place at once.
  context.report({ type: 'predicted', path });
  return path;
}
