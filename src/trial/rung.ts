import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { unreachable } from '../errors.js';
import { rungCost } from '../scheduler/cost.js';
import { type Checkpoint, readCheckpoint, type TrainingPosition, writeCheckpoint } from '../training/checkpoint.js';
import { evaluate, evaluationSeconds } from '../training/evaluate.js';
import { DivergedError, train, type Used } from '../training/loop.js';
import { parseRecipe } from '../training/recipe.js';
import { splitSubset } from '../training/replica-setup.js';
import { openRun } from '../training/run.js';
import { rungSegments } from '../training/schedule.js';
import type { Outcome, TrialContext } from './context.js';
import type { RungAssignment } from './protocol.js';

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

/** Where the trunk goes on; null for fresh weights. An interrupted first rung has left one, too. */
function trunkCheckpoint({ anneal, cooldown, from }: RungAssignment, path: string): Checkpoint | null {
  if (anneal === 'restart') return null;
  return (1 - cooldown) * from > 0 || existsSync(path) ? readCheckpoint(path) : null;
}

/** Trains one rung of one trial, anneals it and judges it. A stop during the trunk saves how far the trunk has come. */
export async function runRung(assignment: RungAssignment, context: TrialContext): Promise<Outcome> {
  const { unit, to, directory, configuration, resolution, subset } = assignment;
  context.expect(null);
  mkdirSync(directory, { recursive: true });
  const trunkPath = join(directory, 'trunk.checkpoint');
  const recipe = parseRecipe(configuration);
  const pack = context.openData(assignment.data);
  const run = await openRun({
    engine: context.engine,
    pack,
    resolution,
    recipe,
    threads: assignment.threads,
    seed: assignment.seed,
    images: { subset, useValidation: false, seed: assignment.seed },
    checkpoint: trunkCheckpoint(assignment, trunkPath),
    memoryShare: assignment.memoryShare,
    tell: (message) => context.report({ type: 'told', message }),
  });
  const { trainer, imagesPerEpoch } = run;
  context.report({ type: 'memory-estimate', bytes: run.expectedBytes });
  try {
    const segments = rungSegments(assignment, recipe, run.start.resource);
    const total = segments.reduce((sum, { length }) => sum + length, 0);
    const done = { resource: 0, steps: 0, images: 0, trainSeconds: 0, dataSeconds: 0 };
    let checkpointSeconds = 0;
    const save = async (path: string, position: TrainingPosition): Promise<void> => {
      const startedAt = context.now();
      context.expect(null);
      writeCheckpoint(path, await run.snapshot(position));
      checkpointSeconds += context.now() - startedAt;
    };
    let position: TrainingPosition = run.start;
    for (const segment of segments) {
      const amount = (used: Used): number => resourceOf(unit, used, imagesPerEpoch);
      const result = await train({
        trainer,
        recipe,
        step: position.step,
        fraction: (used) => amount(used) / segment.length,
        factor: segment.factor,
        warmUpStep: done.steps === 0,
        now: context.now,
        observer: {
          beforeStep: context.expect,
          stopRequested: context.stopRequested,
          progress: (progress) =>
            context.report({
              type: 'progress',
              fraction: Math.min(1, (done.resource + progress.fraction * segment.length) / total),
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
      position = {
        step: position.step + result.steps,
        images: position.images + result.used.images,
        resource: position.resource + (completed ? segment.length : Math.min(segment.length, amount(result.used))),
      };
      if (segment.name === 'trunk') {
        await save(trunkPath, position);
        const fraction = Math.min(1, (position.resource - run.start.resource) / total);
        context.report({ type: 'checkpoint', path: trunkPath, fraction, images: position.images });
      }
      if (!completed) return { type: 'stopped' };
      done.resource += segment.length;
      done.steps += result.steps;
      done.images += result.used.images;
      done.trainSeconds += result.trainSeconds;
      done.dataSeconds += result.dataSeconds;
    }

    const judged = await evaluate({
      trainer,
      split: 'validation',
      labels: pack.splits.validation.labels,
      classes: pack.classes.length,
      subset: (fraction) => splitSubset(pack, 'validation', fraction),
      limitSeconds: evaluationSeconds(unit === 'seconds' ? rungCost(assignment) : done.trainSeconds),
      now: context.now,
      beforeChunk: context.expect,
    });
    if (!Number.isFinite(judged.loss)) throw new DivergedError('the evaluation loss is not finite');
    const model = join(directory, 'model.checkpoint');
    await save(model, { ...position, resource: to });
    return {
      type: 'rung-result',
      score: judged.score,
      loss: judged.loss,
      evaluatedImages: judged.images,
      inferenceImagesPerSecond: judged.imagesPerSecond,
      parameters: run.plan.parameters,
      model,
      wallSeconds: context.now() - assignment.sentAtSeconds,
      trainSeconds: done.trainSeconds,
      dataSeconds: done.dataSeconds,
      evaluateSeconds: judged.seconds,
      checkpointSeconds,
      images: done.images,
    };
  } finally {
    await trainer.dispose();
  }
}
