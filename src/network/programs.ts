import { ProgramBuilder } from '../program/builder.js';
import { elements } from '../program/geometry.js';
import { gradients } from '../program/gradients.js';
import type { Program, TrainingPrograms, ValueRef } from '../program/types.js';
import { applyProgram } from './apply.js';
import { forward, type NetworkDescription } from './families.js';
import { Layers } from './layers.js';
import { averageOf, gradientOf, type Layout, type ParameterSource, trainedGroups } from './parameters.js';

/** How far the moving statistics go to the batch's in one `accumulate`, as torch.nn.BatchNorm2d does. */
const statisticsRate = 0.1;

function imagesInput(builder: ProgramBuilder, { resolution }: NetworkDescription): ValueRef {
  return builder.input('images', { shape: [-1, resolution, resolution, 3], dtype: 'uint8' });
}

/** Visits every layer once, for the sake of the parameters that they declare to `source`. */
export function declareParameters(description: NetworkDescription, layout: Layout): void {
  const builder = new ProgramBuilder('declare');
  const source: ParameterSource = (declaration) => {
    layout.declare(declaration);
    return builder.input(declaration.name, { shape: declaration.shape, dtype: 'float32' });
  };
  forward(new Layers(builder, source, 'infer'), imagesInput(builder, description), description);
}

/**
 * Forward and backward. The statistics move here, once a call, and not in `apply`: micro-batches each count, and
 * `apply` needs nothing but the gradients.
 */
function accumulateProgram(
  description: NetworkDescription,
  layout: Layout,
): Pick<TrainingPrograms, 'accumulate' | 'masks'> {
  const builder = new ProgramBuilder('accumulate', layout.variables());
  const pieces = new Map<string, ValueRef>();
  const read = layout.source(builder, (group) => group);
  const layers = new Layers(
    builder,
    (declaration) => {
      const value = read(declaration);
      pieces.set(declaration.name, value);
      return value;
    },
    'train',
    description,
  );
  const images = imagesInput(builder, description);
  const targets = builder.input('targets', { shape: [-1, description.classes], dtype: 'float32' });
  const lossScale = builder.input('lossScale', { shape: [1], dtype: 'float32' });
  const logits = forward(layers, images, description);

  const batch = builder.concat(layers.batchStatistics);
  const difference = builder.one({ kind: 'subtract' }, [batch, builder.read('statistics')]);
  builder.add({ kind: 'addScaled', variable: 'statistics' }, [difference, builder.constant(statisticsRate)]);

  const losses = builder.one({ kind: 'softmaxCrossEntropy' }, [logits, targets]);
  const loss = builder.one({ kind: 'reduceSum', axes: [0] }, [losses]);
  const [unscaled] = gradients(builder, loss, 'ones', [logits]);
  if (unscaled === undefined) throw new Error('network: the loss has no gradient');
  const seed = builder.one({ kind: 'multiply' }, [unscaled, lossScale]);
  const parameters = trainedGroups.flatMap((group) => layout.in(group));
  const wrt = parameters.map(({ name }) => {
    const piece = pieces.get(name);
    if (piece === undefined) throw new Error(`network: parameter ${name} is not used in training`);
    return piece;
  });
  const flat = gradients(builder, logits, seed, wrt).map((gradient, index) =>
    builder.reshape(gradient, [elements(parameters[index]?.shape ?? [])]),
  );
  for (const group of trainedGroups) {
    const own = flat.filter((_, index) => parameters[index]?.group === group);
    builder.add({ kind: 'assignAdd', variable: gradientOf(group) }, [builder.concat(own)]);
  }
  builder.output('loss', loss);
  return { accumulate: builder.build(), masks: layers.masks };
}

function evaluateProgram(description: NetworkDescription, layout: Layout): Program {
  const builder = new ProgramBuilder('evaluate', layout.variables());
  const layers = new Layers(builder, layout.source(builder, averageOf), 'infer');
  builder.output('logits', forward(layers, imagesInput(builder, description), description));
  return builder.build();
}

/**
 * Batch-norm statistics of the averaged weights: averages of the statistics on the way are those of other weights, on augmented images (Izmailov et
 * al. 2018, section 3.2).
 */
export function recalibrateProgram(description: NetworkDescription, layout: Layout): Program {
  const builder = new ProgramBuilder('recalibrate', layout.variables());
  const layers = new Layers(builder, layout.source(builder, averageOf), 'train');
  const rate = builder.input('rate', { shape: [1], dtype: 'float32' });
  forward(layers, imagesInput(builder, description), description);
  const variable = averageOf('statistics');
  const batch = builder.concat(layers.batchStatistics);
  const difference = builder.one({ kind: 'subtract' }, [batch, builder.read(variable)]);
  builder.add({ kind: 'addScaled', variable }, [difference, rate]);
  return builder.build();
}

/** The three programs of a network and the variables they share. */
export function trainingPrograms(description: NetworkDescription, layout: Layout): TrainingPrograms {
  return {
    ...accumulateProgram(description, layout),
    apply: applyProgram(layout),
    evaluate: evaluateProgram(description, layout),
    variables: layout.variables(),
    gradients: trainedGroups.map(gradientOf),
    statistics: ['statistics'],
  };
}
