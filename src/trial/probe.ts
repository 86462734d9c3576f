import { OutOfMemoryError } from '../engine/engine.js';
import { measureThroughput } from '../engine/probe.js';
import { messageOf } from '../errors.js';
import { parseRecipe } from '../training/recipe.js';
import { planNetwork } from '../training/replica-setup.js';
import type { Outcome, TrialContext } from './context.js';
import type { ProbeAssignment } from './protocol.js';

const yieldToEvents = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Measures how fast configurations train and predict on one thread, each on images of its own resolution. A candidate that fails has rate 0; its
 * reason goes to the log.
 */
export async function runProbe(assignment: ProbeAssignment, context: TrialContext): Promise<Outcome> {
  const rates: Extract<Outcome, { type: 'probe-result' }>['rates'] = [];
  for (const configuration of assignment.candidates) {
    await yieldToEvents();
    if (context.stopRequested()) return { type: 'stopped' };
    context.expect(null);
    const recipe = parseRecipe(configuration);
    const plan = planNetwork(recipe, recipe.resolution, assignment.classes);
    const options = {
      batchSize: recipe['optimizer.batchSize'],
      side: recipe.resolution,
      classes: assignment.classes,
      seconds: assignment.secondsEach,
    };
    const { parameters, macsPerImage } = plan;
    try {
      const values = plan.initialValues('probe');
      const rate = await measureThroughput(context.engine, plan.programs, values, options, context.now);
      rates.push({ ...rate, parameters, macsPerImage });
    } catch (error) {
      // Out of memory the engine is of no use to the other candidates either.
      if (error instanceof OutOfMemoryError) throw error;
      console.error(`probe of ${JSON.stringify(configuration)}: ${messageOf(error)}`);
      rates.push({ trainImagesPerSecond: 0, inferenceImagesPerSecond: 0, parameters, macsPerImage });
    }
  }
  return { type: 'probe-result', rates };
}
