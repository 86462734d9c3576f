import { ProgramBuilder } from '../program/builder.js';
import type { Program, ValueRef } from '../program/types.js';
import { type Step, update } from './optimizers.js';
import { averageOf, gradientOf, groups, type Layout, trainedGroups } from './parameters.js';

/** With these in place of what is fed, and gradients of zero, every optimiser leaves its variables as they are. */
const harmless: Readonly<Record<string, number>> = {
  learningRate: 0,
  momentum: 1,
  beta2: 1,
  weightDecay: 0,
  averageRate: 0,
};

/** The optimiser's update of weights and norms, then the averages; where a gradient is not finite the update changes nothing. */
export function applyProgram(layout: Layout): Program {
  const builder = new ProgramBuilder('apply', layout.variables());
  const multiply = (a: ValueRef, b: ValueRef) => builder.one({ kind: 'multiply' }, [a, b]);
  const finite = trainedGroups
    .map((group) => builder.one({ kind: 'allFinite' }, [builder.read(gradientOf(group))]))
    .reduce(multiply);
  const guarded = (value: ValueRef, otherwise: number) =>
    builder.one({ kind: 'select' }, [finite, value, builder.constant(otherwise)]);
  const scalars = new Map<string, ValueRef>();
  const scalar = (name: string): ValueRef => {
    const known = scalars.get(name);
    if (known !== undefined) return known;
    const fed = builder.input(name, { shape: [1], dtype: 'float32' });
    const otherwise = harmless[name];
    const value = otherwise === undefined ? fed : guarded(fed, otherwise);
    scalars.set(name, value);
    return value;
  };
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
  for (const group of groups) {
    const average = averageOf(group);
    const difference = builder.one({ kind: 'subtract' }, [builder.read(group), builder.read(average)]);
    builder.add({ kind: 'addScaled', variable: average }, [difference, scalar('averageRate')]);
  }
  builder.output('finite', finite);
  return builder.build();
}
