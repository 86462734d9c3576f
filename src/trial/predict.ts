import { dirname } from 'node:path';
import { type Checkpoint, readCheckpoint } from '../training/checkpoint.js';
import { predict } from '../training/evaluate.js';
import { openRun } from '../training/run.js';
import { viewsOf } from '../training/views.js';
import type { Outcome, TrialContext } from './context.js';
import { writePredictions } from './predictions.js';
import type { PredictAssignment } from './protocol.js';
import { Saves } from './saves.js';
import { finalFiles, firstWhole } from './whole.js';

/**
 * Predicts the test images with a model that stands as its validation images were judged, once each: a submission on the way is not worth twice
 * the time.
 */
export async function runPredict(assignment: PredictAssignment, context: TrialContext): Promise<Outcome> {
  context.expect(null);
  const checkpoint = modelOf(assignment.checkpoint, context);
  const pack = context.openData(assignment.data);
  const { trainer, sides } = await openRun({
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
      views: viewsOf(sides, false, 1),
      until: 0,
      now: context.now,
      beforeChunk: context.expect,
    });
    const { predictions } = assignment;
    const saves = new Saves(context, Number.POSITIVE_INFINITY);
    const write = () => writePredictions(predictions, pack, classes);
    if (!(await saves.write(predictions, write, assignment.killAtSeconds)))
      throw new Error('the disk did not take the predictions');
    return {
      type: 'predict-result',
      predictions,
      wallSeconds: context.now() - assignment.sentAtSeconds,
    };
  } finally {
    await trainer.dispose();
  }
}

/** The checkpoint to predict from: a final run's that is damaged has another before it. @throws as `readCheckpoint` where there is no other. */
function modelOf(path: string, context: TrialContext): Checkpoint {
  const { newest, previous } = finalFiles(dirname(path));
  if (path !== newest) return readCheckpoint(path);
  const tell = (message: string) => context.report({ type: 'told', message });
  return firstWhole([newest, previous], () => true, tell)?.checkpoint ?? readCheckpoint(path);
}
