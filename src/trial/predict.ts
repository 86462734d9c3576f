import { readCheckpoint } from '../training/checkpoint.js';
import { predict } from '../training/evaluate.js';
import { openRun } from '../training/run.js';
import type { Outcome, TrialContext } from './context.js';
import { writePredictions } from './predictions.js';
import type { PredictAssignment } from './protocol.js';

/**
 * Predicts the test images with a model that stands, at the resolution it was trained on, once each: a submission on the way is not worth
 * twice the time.
 */
export async function runPredict(assignment: PredictAssignment, context: TrialContext): Promise<Outcome> {
  context.expect(null);
  const checkpoint = readCheckpoint(assignment.checkpoint);
  const pack = context.openData(assignment.data);
  const { trainer } = await openRun({
    engine: context.engine,
    pack,
    resolution: checkpoint.resolution,
    recipe: checkpoint.recipe,
    threads: assignment.threads,
    seed: assignment.seed,
    memoryShare: assignment.memoryShare,
    images: null,
    checkpoint,
  });
  try {
    const { classes } = await predict({
      trainer,
      split: 'test',
      count: pack.splits.test.count,
      classes: pack.classes.length,
      mirrorUntil: null,
      now: context.now,
      beforeChunk: context.expect,
    });
    writePredictions(assignment.predictions, pack, classes);
    return {
      type: 'predict-result',
      predictions: assignment.predictions,
      wallSeconds: context.now() - assignment.sentAtSeconds,
    };
  } finally {
    await trainer.dispose();
  }
}
