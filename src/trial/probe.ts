import { OutOfMemoryError } from '../engine/engine.js';
import { measureThroughput } from '../engine/probe.js';
import { messageOf } from '../errors.js';
import { usualBatchSize } from '../space/auto-cost.js';
import { meanWork, trainingSides } from '../space/sides.js';
import { parseRecipe } from '../training/recipe.js';
import { planNetwork } from '../training/replica-setup.js';
import { replicaCount } from '../training/start-trainer.js';
import { yieldToEvents } from '../training/yield-to-events.js';
import type { Outcome, TrialContext } from './context.js';
import type { ProbeAssignment } from './protocol.js';

/** Steps that measuring takes at the very least: the warm-up, one of training, and inference. */
const fewestSteps = 5;

/** By how much faster than its multiply-accumulates let expect a candidate may turn out: larger networks use a machine better. */
const surprise = 3;

/**
 * Measures how fast configurations train and predict in one session, which on an engine that is parallel in itself uses all threads of the
 * assignment, each on images of its own resolution; progressive resizing makes its training faster by the pixels that it saves. A candidate that fails has rate 0; its
 * reason goes to the log. Candidates should come cheapest first: one whose few steps alone would take twice its time, or that is far too slow to be of use, is
 * not measured, its rate follows from the last measured one by their multiply-accumulates; after one that runs out of memory all have rate 0.
 */
export async function runProbe(assignment: ProbeAssignment, context: TrialContext): Promise<Outcome> {
  const rates: Extract<Outcome, { type: 'probe-result' }>['rates'] = [];
  let last: (typeof rates)[number] | null = null;
  let outOfMemory = false;
  for (const configuration of assignment.candidates) {
    await yieldToEvents();
    if (context.stopRequested()) return { type: 'stopped' };
    context.expect(null);
    const recipe = parseRecipe(configuration);
    const plan = planNetwork(recipe, recipe.resolution, assignment.classes);
    const replicas = replicaCount(context.engine, assignment.threads, recipe['optimizer.batchSize']);
    const options = {
      batchSize: Math.min(usualBatchSize(recipe.resolution), Math.ceil(recipe['optimizer.batchSize'] / replicas)),
      side: recipe.resolution,
      classes: assignment.classes,
      seconds: assignment.secondsEach,
    };
    const known = { replicas, parameters: plan.parameters, macsPerImage: plan.macsPerImage };
    const failed = { trainImagesPerSecond: 0, inferenceImagesPerSecond: 0, ...known };
    if (outOfMemory) {
      rates.push(failed);
      continue;
    }
    const ratio = last ? last.macsPerImage / known.macsPerImage : 0;
    const expected = last ? last.trainImagesPerSecond * ratio : Number.POSITIVE_INFINITY;
    const isLong = (fewestSteps * options.batchSize) / expected > 2 * assignment.secondsEach;
    const isUseless = surprise * expected * replicas < (assignment.slowestOfUse ?? 0);
    if (last && (isLong || isUseless)) {
      const why = isUseless ? 'it is too slow to be of use' : 'measuring would take too long';
      console.error(`probe of ${JSON.stringify(configuration)}: estimated, ${why}`);
      const inferenceImagesPerSecond = last.inferenceImagesPerSecond * ratio;
      rates.push({ trainImagesPerSecond: expected, inferenceImagesPerSecond, ...known });
      continue;
    }
    try {
      const values = plan.initialValues('probe');
      const rate = await measureThroughput(context.engine, plan.programs, values, options, context.now);
      const sides = trainingSides(recipe.resolution, recipe['progressive.from']);
      const trainImagesPerSecond = rate.trainImagesPerSecond / meanWork(sides, recipe['progressive.until']);
      last = { ...rate, trainImagesPerSecond, ...known };
      rates.push(last);
    } catch (error) {
      // The later ones are larger, and the engine is of no use any more.
      outOfMemory = error instanceof OutOfMemoryError;
      console.error(`probe of ${JSON.stringify(configuration)}: ${messageOf(error)}`);
      rates.push(failed);
    }
  }
  return { type: 'probe-result', rates };
}
