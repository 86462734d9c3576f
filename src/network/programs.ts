import { ProgramBuilder } from '../program/builder.js';
import { elements } from '../program/geometry.js';
import { gradients } from '../program/gradients.js';
import type { Program, TrainingPrograms, ValueRef } from '../program/types.js';
import { forward, type NetworkDescription } from './families.js';
import { Layers } from './layers.js';
import {
  averageOf,
  gradientOf,
  groups,
  type Layout,
  momentumOf,
  type ParameterSource,
  trainedGroups,
} from './parameters.js';

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
function accumulateProgram(description: NetworkDescription, layout: Layout): Program {
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
  );
  const images = imagesInput(builder, description);
  const targets = builder.input('targets', { shape: [-1, description.classes], dtype: 'float32' });
  const logits = forward(layers, images, description);

  const batch = builder.concat(layers.batchStatistics);
  const difference = builder.one({ kind: 'subtract' }, [batch, builder.read('statistics')]);
  const move = builder.one({ kind: 'multiply' }, [difference, builder.constant(statisticsRate)]);
  builder.add({ kind: 'assignAdd', variable: 'statistics' }, [move]);

  const losses = builder.one({ kind: 'softmaxCrossEntropy' }, [logits, targets]);
  const loss = builder.one({ kind: 'reduceSum', axes: [0] }, [losses]);
  const parameters = trainedGroups.flatMap((group) => layout.in(group));
  const wrt = parameters.map(({ name }) => {
    const piece = pieces.get(name);
    if (piece === undefined) throw new Error(`network: parameter ${name} is not used in training`);
    return piece;
  });
  const flat = gradients(builder, loss, 'ones', wrt).map((gradient, index) =>
    builder.reshape(gradient, [elements(parameters[index]?.shape ?? [])]),
  );
  for (const group of trainedGroups) {
    const own = flat.filter((_, index) => parameters[index]?.group === group);
    builder.add({ kind: 'assignAdd', variable: gradientOf(group) }, [builder.concat(own)]);
  }
  builder.output('loss', loss);
  return builder.build();
}

/** Decay as an L2 term in the gradient (not on norms and biases), Nesterov momentum, then the averages. */
function applyProgram(layout: Layout): Program {
  const builder = new ProgramBuilder('apply', layout.variables());
  const scalar = (name: string) => builder.input(name, { shape: [1], dtype: 'float32' });
  const learningRate = scalar('learningRate');
  const momentum = scalar('momentum');
  const weightDecay = scalar('weightDecay');
  const gradientScale = scalar('gradientScale');
  const averageRate = scalar('averageRate');
  const multiply = (a: ValueRef, b: ValueRef) => builder.one({ kind: 'multiply' }, [a, b]);
  for (const group of trainedGroups) {
    const mean = multiply(builder.read(gradientOf(group)), gradientScale);
    const decay = () => builder.one({ kind: 'add' }, [mean, multiply(builder.read('weights'), weightDecay)]);
    const gradient = group === 'weights' ? decay() : mean;
    const update = { kind: 'applyNesterov', variable: group, slot: momentumOf(group) } as const;
    builder.add(update, [gradient, learningRate, momentum]);
    builder.add({ kind: 'clearVariable', variable: gradientOf(group) }, []);
  }
  for (const group of groups) {
    const average = averageOf(group);
    const difference = builder.one({ kind: 'subtract' }, [builder.read(group), builder.read(average)]);
    builder.add({ kind: 'assignAdd', variable: average }, [multiply(difference, averageRate)]);
  }
  return builder.build();
}

function evaluateProgram(description: NetworkDescription, layout: Layout): Program {
  const builder = new ProgramBuilder('evaluate', layout.variables());
  const layers = new Layers(builder, layout.source(builder, averageOf), 'infer');
  builder.output('logits', forward(layers, imagesInput(builder, description), description));
  return builder.build();
}

/** The three programs of a network and the variables they share. */
export function trainingPrograms(description: NetworkDescription, layout: Layout): TrainingPrograms {
  return {
    accumulate: accumulateProgram(description, layout),
    apply: applyProgram(layout),
    evaluate: evaluateProgram(description, layout),
    variables: layout.variables(),
    gradients: trainedGroups.map(gradientOf),
    statistics: ['statistics'],
  };
}
