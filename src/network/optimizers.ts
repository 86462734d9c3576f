import { unreachable } from '../errors.js';
import type { ProgramBuilder } from '../program/builder.js';
import { elements } from '../program/geometry.js';
import type { ValueRef } from '../program/types.js';
import { orthogonalise } from './orthogonalise.js';
import {
  gradientOf,
  type Layout,
  momentumOf,
  type Parameter,
  secondMomentOf,
  type trainedGroups,
} from './parameters.js';

/** Added to the root of the mean squared gradient (Kingma and Ba 2015). */
const epsilon = 1e-8;

/** Root mean square of an update of Muon before the learning rate: that of AdamW's updates (Liu et al. 2025). */
const updateSize = 0.2;

/** What an update is made of. */
export interface Step {
  readonly builder: ProgramBuilder;
  readonly layout: Layout;
  /** The mean gradient of a group. */
  readonly gradient: (group: TrainedGroup) => ValueRef;
  /** A number [1] that every run is fed with. */
  readonly scalar: (name: string) => ValueRef;
}

export type TrainedGroup = (typeof trainedGroups)[number];

function multiply({ builder }: Step, a: ValueRef, b: ValueRef): ValueRef {
  return builder.one({ kind: 'multiply' }, [a, b]);
}

function add({ builder }: Step, a: ValueRef, b: ValueRef): ValueRef {
  return builder.one({ kind: 'add' }, [a, b]);
}

/** Appends `decay` times the weights where the group decays: norms and biases do not. */
function withDecay(step: Step, group: TrainedGroup, value: ValueRef): ValueRef {
  if (group === 'norms') return value;
  return add(step, value, multiply(step, step.builder.read(group), step.scalar('weightDecay')));
}

/** `value` times what the learning rate of each of the group's parameters is to be multiplied by. */
function withRates(step: Step, group: TrainedGroup, value: ValueRef): ValueRef {
  const { layout, builder } = step;
  if (group === 'weights' || layout.rule.biasRate === 1) return value;
  return multiply(step, value, builder.constant(...layout.normRates()));
}

/** variable = decay · variable + value; gives the new values. */
function accumulated(step: Step, variable: string, decay: ValueRef, value: ValueRef): ValueRef {
  const next = add(step, multiply(step, step.builder.read(variable), decay), value);
  step.builder.add({ kind: 'assignVariable', variable }, [next]);
  return next;
}

/** group −= learningRate · (rates · direction + weightDecay · group): decay beside the gradient, not in it. */
function move(step: Step, group: TrainedGroup, direction: ValueRef): void {
  const rate = multiply(step, step.scalar('learningRate'), step.builder.constant(-1));
  step.builder.add({ kind: 'addScaled', variable: group }, [
    withDecay(step, group, withRates(step, group, direction)),
    rate,
  ]);
}

/** Decay as an L2 term in the gradient (added where the gradient stands, before it is scaled: one pass less), Nesterov momentum. */
function nesterov(step: Step, group: TrainedGroup): void {
  const { builder, scalar } = step;
  if (group === 'weights') {
    const factor = builder.one({ kind: 'divide' }, [scalar('weightDecay'), scalar('gradientScale')]);
    builder.add({ kind: 'addScaled', variable: gradientOf(group) }, [builder.read(group), factor]);
  }
  const update = { kind: 'applyNesterov', variable: group, slot: momentumOf(group) } as const;
  // What the gradient is multiplied by, Nesterov's step is.
  builder.add(update, [withRates(step, group, step.gradient(group)), scalar('learningRate'), scalar('momentum')]);
}

/**
 * Mean gradient over the root of the mean squared gradient, both corrected for their start at zero. The slots hold sums,
 * Σ decayᵗ⁻ⁱ gᵢ, which the fed scales turn into these means.
 */
function adamDirection(step: Step, sum: ValueRef, squares: ValueRef): ValueRef {
  const { builder } = step;
  const root = builder.one({ kind: 'squareRoot' }, [multiply(step, squares, step.scalar('secondMomentScale'))]);
  const mean = multiply(step, sum, step.scalar('firstMomentScale'));
  return builder.one({ kind: 'divide' }, [mean, add(step, root, builder.constant(epsilon))]);
}

function adamw(step: Step, group: TrainedGroup): void {
  const gradient = step.gradient(group);
  const square = step.builder.one({ kind: 'square' }, [gradient]);
  const sum = accumulated(step, momentumOf(group), step.scalar('momentum'), gradient);
  const squares = accumulated(step, secondMomentOf(group), step.scalar('beta2'), square);
  move(step, group, adamDirection(step, sum, squares));
}

/**
 * Hidden convolution kernels, as matrices [h · w · in, out], move by their orthogonalised Nesterov momentum (Jordan et al. 2024), scaled by
 * 0.2 · √max(rows, columns) so that one learning rate and one decay serve them and the other weights, which AdamW moves (Liu et al. 2025).
 */
function muonWeights(step: Step): void {
  const { builder, layout } = step;
  const gradient = step.gradient('weights');
  const sum = accumulated(step, momentumOf('weights'), step.scalar('momentum'), gradient);
  const ahead = add(step, gradient, multiply(step, sum, step.scalar('momentum')));
  const hidden = new Set(layout.hiddenKernels());
  const parameters = layout.in('weights');
  const rest = parameters.filter((parameter) => !hidden.has(parameter));
  const part = (vector: ValueRef, begin: number, { shape }: Parameter) =>
    builder.one({ kind: 'slice', begin, length: elements(shape) }, [vector]);
  const parts = (vector: ValueRef) => builder.concat(rest.map((each) => part(vector, each.begin, each)));
  const square = builder.one({ kind: 'square' }, [parts(gradient)]);
  const squares = accumulated(step, secondMomentOf('weights'), step.scalar('beta2'), square);
  const ofRest = adamDirection(step, parts(sum), squares);
  let begin = 0;
  const directions = parameters.map((parameter) => {
    const size = elements(parameter.shape);
    if (!hidden.has(parameter)) {
      begin += size;
      return part(ofRest, begin - size, parameter);
    }
    const columns = parameter.shape.at(-1) ?? 1;
    const rows = size / columns;
    const matrix = builder.reshape(part(ahead, parameter.begin, parameter), [rows, columns]);
    const scale = builder.constant(updateSize * Math.sqrt(Math.max(rows, columns)));
    return builder.reshape(multiply(step, orthogonalise(builder, matrix), scale), [size]);
  });
  move(step, 'weights', builder.concat(directions));
}

/** Appends the update of a group by the layout's optimiser. */
export function update(step: Step, group: TrainedGroup): void {
  const { optimizer } = step.layout.rule;
  switch (optimizer) {
    case 'nesterov':
      nesterov(step, group);
      break;
    case 'adamw':
      adamw(step, group);
      break;
    case 'muon':
      if (group === 'weights') muonWeights(step);
      else adamw(step, group);
      break;
    default:
      unreachable(optimizer);
  }
}
