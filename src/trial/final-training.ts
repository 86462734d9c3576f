import type { Durability } from '../atomic-file.js';
import type { PackedDataset } from '../data/types.js';
import { type TrainingPosition, writeCheckpoint } from '../training/checkpoint.js';
import type { FinalDeadline } from '../training/final-deadline.js';
import { DivergedError, type LoopResult, train } from '../training/loop.js';
import type { LossWatch } from '../training/loss-watch.js';
import type { RateCheck } from '../training/rate-check.js';
import type { Recipe } from '../training/recipe.js';
import { expectedEpochs, regularisationStrength } from '../training/regularisation.js';
import type { Run } from '../training/run.js';
import { learningRateFactor } from '../training/schedule.js';
import type { WeightedView } from '../training/views.js';
import type { TrialContext } from './context.js';
import type { FinalAssignment } from './protocol.js';
import type { Saves } from './saves.js';
import { finalFiles, keepAsPrevious } from './whole.js';

/** One final run: what its parts share. */
export interface FinalRun {
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
  /** By which this training has lowered its learning rate itself. */
  readonly rate: number;
  /** When its schedule began, in seconds since the study's start. */
  readonly beganAtSeconds: number;
  /** Tells which of its weights are worth saving. */
  readonly watch: LossWatch;
  /** Null where nobody looks whether the training stands its learning rate. */
  readonly check: RateCheck | null;
}

/** A training that has just begun does not stand its learning rate. */
export class UnbearableRateError extends DivergedError {}

/** What a final run has spent predicting, and on which views of all test images. */
export interface Spent {
  inferenceSeconds: number;
  views: readonly string[];
}

/** @throws UnbearableRateError, DivergedError, and what the engine throws. */
export async function trainUntilDeadline(
  final: FinalRun,
  spent: Spent,
): Promise<{ result: LoopResult; position: TrainingPosition }> {
  const { assignment, context, recipe, run, deadline, saves, rate, beganAtSeconds, watch, check } = final;
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
  /**
   * Does nothing while the loss says that the training has broken down: what was saved before is what it can go on from.
   * @param waitUntil the disk is waited for until then: 0 where a later save makes up for this one.
   */
  const save = async (position: TrainingPosition, durability: Durability, waitUntil: number): Promise<void> => {
    if (watch.problem !== null) return;
    const startedAt = context.now();
    const write = async () => {
      const snapshot = await run.snapshot(position, null, {
        learningRateFactor: rate,
        beganAtSeconds,
        trainingLoss: watch.loss,
      });
      if (isNewestWhole) keepAsPrevious({ newest, previous });
      writeCheckpoint(newest, snapshot, durability);
      isNewestWhole = true;
    };
    if (!(await saves.write(newest, write, waitUntil))) return;
    watch.noteSave();
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
  const training = train({
    trainer,
    recipe,
    step: start.step,
    fraction: () => deadline.fraction(),
    factor: (fraction) => assignment.learningRateFactor * rate * learningRateFactor(schedule, fraction),
    side: (passed) => run.sides.at(passed),
    warmUpStep: false,
    now: context.now,
    observer: {
      beforeStep: (expected) => {
        context.expect(expected);
        stepStartedAt = context.now();
      },
      stopRequested: context.stopRequested,
      afterStep: async ({ step, used, loss }) => {
        deadline.sawStep(context.now() - stepStartedAt);
        watch.saw(loss);
        if (watch.problem !== null && watch.lasts && saves.isOverdue) throw new DivergedError(watch.problem);
        regularise(used.images);
        // The first one tells how long the model will take.
        const durability = deadline.wantsLastingWrite ? 'lasting' : 'fast';
        if (saves.isDue) await save(positionAfter(step, used.images), durability, 0);
        if (deadline.shouldMeasure) await measureInference();
      },
      progress: (progress) => {
        context.report({
          type: 'progress',
          fraction: progress.fraction,
          step: start.step + progress.steps,
          images: start.images + progress.images,
          epochs: (start.images + progress.images) / run.imagesPerEpoch,
          loss: progress.loss,
          learningRate: progress.learningRate,
          imagesPerSecond: progress.imagesPerSecond,
        });
        const problem = check?.look(progress) ?? null;
        if (problem !== null) throw new UnbearableRateError(problem);
      },
    },
  });
  const result = await training.catch((error: unknown) => {
    if (error instanceof DivergedError && check?.isEarly(deadline.fraction()))
      throw new UnbearableRateError(error.message);
    throw error;
  });
  const position = positionAfter(start.step + result.steps, result.used.images);
  console.error(`training ended with ${deadline.reserveSeconds.toFixed(2)} s kept for inference, writing and scoring`);
  if (result.ended === 'stopped') await save(position, 'lasting', assignment.endsAtSeconds);
  return { result, position };
}
