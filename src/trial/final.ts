import { existsSync, rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { judgingOrder, splitSubset } from '../data/items.js';
import { type Checkpoint, writeCheckpoint } from '../training/checkpoint.js';
import { evaluate, predict } from '../training/evaluate.js';
import { FinalDeadline } from '../training/final-deadline.js';
import { LossWatch } from '../training/loss-watch.js';
import { RateCheck } from '../training/rate-check.js';
import { mostRecalibrationImages, recalibrate } from '../training/recalibrate.js';
import { parseRecipe, type Recipe } from '../training/recipe.js';
import { openRun } from '../training/run.js';
import { viewsOf, viewText } from '../training/views.js';
import type { Outcome, TrialContext } from './context.js';
import { type FinalRun, type Spent, trainUntilDeadline, UnbearableRateError } from './final-training.js';
import { writePredictions } from './predictions.js';
import type { FinalAssignment } from './protocol.js';
import { Saves } from './saves.js';
import { finalFiles, firstWhole } from './whole.js';

/** A learning rate that is still too high after so many halvings is not what is wrong. */
const mostHalvings = 3;

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

/**
 * Trains until the deadline less what must still be done then, measured early and again whenever half of what was left has passed.
 * Restarted, it goes on from its checkpoint where the clock stands; without one its schedule begins anew. Then predicts the test images, and
 * with what time is left scores the model on validation images it has not seen. Where its beginning shows that it does not stand its learning
 * rate, it begins anew at half of it, three times at most.
 */
export async function runFinal(assignment: FinalAssignment, context: TrialContext): Promise<Outcome> {
  for (let halvings = 0; ; halvings++) {
    try {
      return await attemptFinal(assignment, context, halvings);
    } catch (error) {
      if (!(error instanceof UnbearableRateError) || halvings === mostHalvings) throw error;
      const again = `the final training begins anew at ${2 ** -(halvings + 1)} times its learning rate`;
      context.report({ type: 'told', message: `${error.message}: ${again}` });
      const { newest, previous } = finalFiles(assignment.directory);
      if (existsSync(newest)) context.report({ type: 'checkpoint', path: newest, fraction: 0, images: 0 });
      for (const path of [newest, previous]) rmSync(path, { force: true });
    }
  }
}

/** @param halvings of the learning rate, where the training has begun anew. */
async function attemptFinal(assignment: FinalAssignment, context: TrialContext, halvings: number): Promise<Outcome> {
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
    images: { subset: 1, resample: false, classes: 1, useValidation, seed },
    checkpoint,
    memoryShare: assignment.memoryShare,
    tell,
  });
  context.report({ type: 'memory-estimate', bytes: run.expectedBytes });
  const views = viewsOf(run.sides, recipe['augmentation.flip'], assignment.views);
  // Fresh weights get a whole schedule, warm-up included, however late they begin; older checkpoints do not say when theirs began.
  const beganAtSeconds = checkpoint === null ? context.now() : (checkpoint.beganAtSeconds ?? assignment.beganAtSeconds);
  const deadline = new FinalDeadline({
    beganAtSeconds,
    endsAtSeconds,
    now: context.now,
    testImages: assignment.predictions === undefined ? 0 : pack.splits.test.count,
    recalibrationImages:
      recipe['average.statistics'] === 'recomputed' ? Math.min(mostRecalibrationImages, pack.splits.train.count) : 0,
    validationImages: useValidation ? 0 : pack.splits.validation.count,
    views,
  });
  try {
    const saves = new Saves(context, assignment.saveEverySeconds);
    const isNewestWhole = earlier?.path === finalFiles(assignment.directory).newest;
    const rate = checkpoint?.learningRateFactor ?? 2 ** -halvings;
    // Weights that have been trained already have stood it.
    const check =
      assignment.rateCheck === null || checkpoint !== null
        ? null
        : new RateCheck({
            classes: pack.classes.length,
            warmup: recipe['schedule.warmup'],
            expected: assignment.rateCheck.expected,
          });
    const watch = new LossWatch({
      classes: pack.classes.length,
      saved: checkpoint?.resolution === resolution ? checkpoint.trainingLoss : null,
      comparesSaves: recipe['regularisation.fullEpochs'] === 0,
    });
    return await carryOut({
      assignment,
      context,
      recipe,
      pack,
      run,
      views,
      deadline,
      saves,
      isNewestWhole,
      rate,
      beganAtSeconds,
      watch,
      check,
    });
  } finally {
    await run.trainer.dispose();
  }
}

async function carryOut(final: FinalRun): Promise<Outcome> {
  const { assignment, context, recipe, pack, run, saves } = final;
  const spent: Spent = { inferenceSeconds: 0, views: [] };
  const { result, position } = await trainUntilDeadline(final, spent);
  const epochs = position.images / run.imagesPerEpoch;
  if (result.ended === 'stopped') return { type: 'stopped' };
  if (position.step === 0) throw new Error('the time left was too short for a single training step');

  const trainedAt = context.now();
  const { trainer, sides } = run;
  await recalibrate({
    recipe,
    trainer,
    position,
    images: splitSubset(pack, 'train', 1),
    side: sides.evaluation,
    beforeChunk: context.expect,
  });
  spent.inferenceSeconds += context.now() - trainedAt;
  context.expect(null);
  // Numbers that are not finite show here: such a network predicts nothing.
  const snapshot = await run.snapshot(position, null, {
    learningRateFactor: final.rate,
    beganAtSeconds: final.beganAtSeconds,
  });
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
      order: judgingOrder(pack, 'validation'),
      limits: { enough: left, further: left },
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
