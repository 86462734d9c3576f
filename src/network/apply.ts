import { ProgramBuilder } from '../program/builder.js';
import type { Program, ValueRef } from '../program/types.js';
import { type Step, update } from './optimizers.js';
import { averageOf, gradientOf, groups, type Layout, tailSteps, trainedGroups } from './parameters.js';

/** With these in place of what is fed, and gradients of zero, every optimiser leaves its variables as they are. */
const harmless: Readonly<Record<string, number>> = {
  learningRate: 0,
  momentum: 1,
  beta2: 1,
  weightDecay: 0,
  averageRate: 0,
  averageTail: 1,
};

/** Sum of the squares of a vector's elements, [1]. */
function squareSum(builder: ProgramBuilder, vector: ValueRef): ValueRef {
  return builder.one({ kind: 'reduceSum', axes: [0] }, [builder.one({ kind: 'square' }, [vector])]);
}

/**
 * How far the averages move: by `averageRate`, but in a training's tail (`averageTail` 1, else 0) by no more than makes them the mean of its steps. So the
 * moving average of the steps before counts as its first ones, and the horizon grows with the tail (Polyak and Juditsky 1992; Izmailov et al. 2018).
 */
function tailRate({ builder, scalar }: Step, finite: ValueRef): ValueRef {
  const [one, least] = [builder.constant(1), builder.constant(1e-6)];
  const next = builder.one({ kind: 'add' }, [builder.read(tailSteps), finite]);
  const steps = builder.one({ kind: 'multiply' }, [next, scalar('averageTail')]);
  builder.add({ kind: 'assignVariable', variable: tailSteps }, [steps]);
  const mean = builder.one({ kind: 'divide' }, [one, builder.one({ kind: 'maximum' }, [steps, least])]);
  return builder.one({ kind: 'minimum' }, [mean, scalar('averageRate')]);
}

/**
 * The optimiser's update of weights and norms, then the averages; where a gradient is not finite the update changes nothing. Gradients may be
 * clipped to a global norm: the mean gradient of the batch is, before any decay, whatever micro-batches and replicas it came from.
 */
export function applyProgram(layout: Layout): Program {
  const builder = new ProgramBuilder('apply', layout.variables());
  const multiply = (a: ValueRef, b: ValueRef) => builder.one({ kind: 'multiply' }, [a, b]);
  const { clips } = layout.rule;
  // Sums of squares are finite where all gradients are: clipping takes no pass more than looking does.
  const measured = trainedGroups.map((group) => {
    const gradient = builder.read(gradientOf(group));
    return clips ? squareSum(builder, gradient) : builder.one({ kind: 'allFinite' }, [gradient]);
  });
  const reduced = measured.reduce((a, b) => builder.one({ kind: clips ? 'add' : 'multiply' }, [a, b]));
  const finite = clips ? builder.one({ kind: 'allFinite' }, [reduced]) : reduced;
  const guarded = (value: ValueRef, otherwise: number) =>
    builder.one({ kind: 'select' }, [finite, value, builder.constant(otherwise)]);
  const scalars = new Map<string, ValueRef>();
  const input = (name: string): ValueRef => builder.input(name, { shape: [1], dtype: 'float32' });
  const scalar = (name: string): ValueRef => {
    const known = scalars.get(name);
    if (known !== undefined) return known;
    const otherwise = harmless[name];
    const value = otherwise === undefined ? input(name) : guarded(input(name), otherwise);
    scalars.set(name, value);
    return value;
  };
  if (clips) {
    const [scale, clip] = [input('gradientScale'), input('clip')];
    const norm = multiply(builder.one({ kind: 'squareRoot' }, [reduced]), scale);
    const factor = builder.one({ kind: 'divide' }, [clip, builder.one({ kind: 'maximum' }, [norm, clip])]);
    // In place of what is fed: decay that is added before the scale is not clipped.
    scalars.set('gradientScale', multiply(scale, factor));
  }
  const step: Step = {
    builder,
    layout,
    gradient: (group) => guarded(multiply(builder.read(gradientOf(group)), scalar('gradientScale')), 0),
    scalar,
  };
  for (const group of trainedGroups) {
    update(step, group);
    builder.add({ kind: 'clearVariable', variable: gradientOf(group) }, []);
  }
  const averageRate = layout.rule.averagesTail ? tailRate(step, finite) : scalar('averageRate');
  for (const group of groups) {
    const average = averageOf(group);
    const difference = builder.one({ kind: 'subtract' }, [builder.read(group), builder.read(average)]);
    builder.add({ kind: 'addScaled', variable: average }, [difference, averageRate]);
  }
  builder.output('finite', finite);
  return builder.build();
}
