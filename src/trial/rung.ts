import { rmSync } from 'node:fs';
import type { Durability } from '../atomic-file.js';
import { judgingOrder, trainingItems } from '../data/items.js';
import { unreachable } from '../errors.js';
import { rungCost } from '../scheduler/cost.js';
import { type TrainingPosition, writeCheckpoint } from '../training/checkpoint.js';
import { evaluate, evaluationLimits } from '../training/evaluate.js';
import { DivergedError, train, type Used } from '../training/loop.js';
import { recalibrate } from '../training/recalibrate.js';
import { parseRecipe } from '../training/recipe.js';
import { expectedEpochs, regularisationStrength, type Stretch } from '../training/regularisation.js';
import { openRun, type Run } from '../training/run.js';
import type { Outcome, TrialContext } from './context.js';
import type { RungAssignment } from './protocol.js';
import { rungFiles, rungStart } from './rung-start.js';
import { Saves } from './saves.js';

/** The part of the resource that was used, in the rung's unit. */
function resourceOf(unit: RungAssignment['unit'], used: Used, imagesPerEpoch: number): number {
  switch (unit) {
    case 'seconds':
      return used.seconds;
    case 'epochs':
      return used.images / imagesPerEpoch;
    case 'samples':
      return used.images;
    default:
      return unreachable(unit);
  }
}

/** Passes over the rung's images that the trial will have made at its end. */
function plannedEpochs(
  { unit, to }: RungAssignment,
  run: Pick<Run, 'start' | 'imagesPerEpoch'>,
  here: Stretch,
  left: number,
): number {
  switch (unit) {
    case 'seconds':
      return expectedEpochs(run.start, here, left, run.imagesPerEpoch);
    case 'epochs':
      return to;
    case 'samples':
      return to / run.imagesPerEpoch;
    default:
      return unreachable(unit);
  }
}

/**
 * Trains one rung of one trial, anneals it and judges it. Saves on the way and when it is stopped; goes on from there, when the rung is started
 * again.
 */
export async function runRung(assignment: RungAssignment, context: TrialContext): Promise<Outcome> {
  const { unit, to, directory, configuration, resolution, subset, resample, classes } = assignment;
  context.expect(null);
  const files = rungFiles(directory);
  const recipe = parseRecipe(configuration);
  const pack = context.openData(assignment.data);
  const tell = (message: string) => context.report({ type: 'told', message });
  const { checkpoint, stretches } = rungStart(assignment, recipe, tell);
  const images = { subset, resample, classes, useValidation: false, seed: assignment.seed };
  const run = await openRun({
    engine: context.engine,
    pack,
    resolution,
    recipe,
    threads: assignment.threads,
    seed: assignment.seed,
    images,
    checkpoint,
    memoryShare: assignment.memoryShare,
    tell,
  });
  const { trainer, imagesPerEpoch } = run;
  context.report({ type: 'memory-estimate', bytes: run.expectedBytes });
  try {
    const total = stretches.reduce((sum, { segment, begunAt }) => sum + segment.length - begunAt, 0);
    const earlierSeconds = checkpoint?.rung?.to === to ? checkpoint.rung.trainSeconds : 0;
    const done = { resource: 0, steps: 0, images: 0, trainSeconds: 0, dataSeconds: 0 };
    const saves = new Saves(context, assignment.saveEverySeconds);
    let position: TrainingPosition = run.start;
    const regularise = (here: Stretch): void => {
      const epochs = plannedEpochs(assignment, run, here, total - here.resource);
      trainer.regularise(regularisationStrength(recipe, epochs));
    };
    regularise(done);
    for (const { segment, begunAt } of stretches) {
      const left = segment.length - begunAt;
      const amount = (used: Used): number => resourceOf(unit, used, imagesPerEpoch);
      const isTrunk = segment.name === 'trunk';
      const path = isTrunk ? files.trunk : files.rung;
      const start = position;
      const after = (steps: number, used: Used): TrainingPosition => ({
        step: start.step + steps,
        images: start.images + used.images,
        resource: start.resource + Math.min(left, amount(used)),
      });
      const save = async (at: TrainingPosition, used: Used, durability: Durability): Promise<void> => {
        const within = isTrunk ? null : { to, done: Math.min(segment.length, begunAt + at.resource - start.resource) };
        const rung = { to, trainSeconds: earlierSeconds + done.trainSeconds + used.seconds };
        const write = async () => writeCheckpoint(path, await run.snapshot(at, within, { rung }), durability);
        if (!(await saves.write(path, write, durability === 'lasting' ? assignment.killAtSeconds : 0))) return;
        const fraction = Math.min(1, (done.resource + at.resource - start.resource) / total);
        context.report({ type: 'checkpoint', path, fraction, images: at.images });
      };
      const result = await train({
        trainer,
        recipe,
        step: start.step,
        fraction: (used) => (begunAt + amount(used)) / segment.length,
        factor: segment.factor,
        passed: (fraction) => segment.passed(Math.min(1, fraction)),
        side: (passed) => run.sides.at(passed),
        warmUpStep: done.steps === 0,
        now: context.now,
        observer: {
          beforeStep: context.expect,
          stopRequested: context.stopRequested,
          afterStep: async ({ used, fraction, step }) => {
            regularise({
              images: done.images + used.images,
              resource: done.resource + Math.min(left, amount(used)),
            });
            if (saves.isDue && fraction < 1) await save(after(step - start.step, used), used, 'fast');
          },
          progress: (progress) =>
            context.report({
              type: 'progress',
              fraction: Math.min(
                1,
                (done.resource + Math.max(0, progress.fraction * segment.length - begunAt)) / total,
              ),
              step: done.steps + progress.steps,
              images: done.images + progress.images,
              epochs: (done.images + progress.images) / imagesPerEpoch,
              loss: progress.loss,
              learningRate: progress.learningRate,
              imagesPerSecond: progress.imagesPerSecond,
            }),
        },
      });
      const completed = result.ended === 'completed';
      position = after(result.steps, result.used);
      if (completed) position = { ...position, resource: start.resource + left };
      if (isTrunk || !completed) await save(position, result.used, 'lasting');
      if (!completed) return { type: 'stopped' };
      done.resource += left;
      done.steps += result.steps;
      done.images += result.used.images;
      done.trainSeconds += result.trainSeconds;
      done.dataSeconds += result.dataSeconds;
    }

    const trainedAt = context.now();
    await recalibrate({
      recipe,
      trainer,
      position,
      images: trainingItems(pack, images).indices,
      side: run.sides.evaluation,
      beforeChunk: context.expect,
    });
    const order = judgingOrder(pack, 'validation', classes);
    const share = order.length / pack.splits.validation.count;
    const judgedAt = context.now();
    const judged = await evaluate({
      trainer,
      split: 'validation',
      side: run.sides.evaluation,
      labels: pack.splits.validation.labels,
      classes: pack.classes.length,
      order,
      limits: evaluationLimits(unit === 'seconds' ? rungCost(assignment) : earlierSeconds + done.trainSeconds),
      now: context.now,
      beforeChunk: context.expect,
    });
    if (!Number.isFinite(judged.loss)) throw new DivergedError('the evaluation loss is not finite');
    const model = await run.snapshot({ ...position, resource: to });
    const isSaved = await saves.write(
      files.model,
      () => {
        writeCheckpoint(files.model, model);
        rmSync(files.rung, { force: true });
      },
      assignment.killAtSeconds,
    );
    return {
      type: 'rung-result',
      // Images of classes that the rung leaves out count as wrong, as they would in a submission.
      score: judged.score * share,
      loss: judged.loss,
      evaluatedImages: judged.images,
      inferenceImagesPerSecond: judged.imagesPerSecond,
      parameters: run.plan.parameters,
      macsPerImage: run.plan.macsPerImage,
      activationBytesPerImage: run.plan.activationBytesPerImage,
      model: isSaved ? files.model : null,
      wallSeconds: context.now() - assignment.sentAtSeconds,
      trainSeconds: done.trainSeconds,
      ...(earlierSeconds > 0 ? { earlierTrainSeconds: earlierSeconds } : {}),
      dataSeconds: done.dataSeconds,
      evaluateSeconds: judgedAt - trainedAt + judged.seconds,
      checkpointSeconds: saves.seconds,
      images: done.images,
    };
  } finally {
    await trainer.dispose();
  }
}
