import seedrandom from 'seedrandom';
import { unreachable } from '../errors.js';
import type { ProgramBuilder } from '../program/builder.js';
import { elements } from '../program/geometry.js';
import type { ValueRef, VariableSpec } from '../program/types.js';

/**
 * The flat variables that parameters live in: `weights` convolution and dense kernels, `norms` batch-norm scales and
 * offsets and biases, `statistics` moving means and variances.
 */
export const groups = ['weights', 'norms', 'statistics'] as const;

export type Group = (typeof groups)[number];

/** The groups that are trained by gradients. */
export const trainedGroups = ['weights', 'norms'] as const;

/** Name of the gradient variable of a group. */
export const gradientOf = (group: Group): string => `${group}.gradient`;

/** Name of the momentum slot of a group. */
export const momentumOf = (group: Group): string => `${group}.momentum`;

/** Name of the slot of a group that sums squared gradients. */
export const secondMomentOf = (group: Group): string => `${group}.secondMoment`;

/** Name of the variable [1] that counts the steps of the tail that the averages hold. */
export const tailSteps = 'average.steps';

/** Name of the averaged copy of a group. */
export const averageOf = (group: Group): string => `${group}.average`;

/**
 * How gradients become updates: `nesterov` (Sutskever et al. 2013), `adamw` (Loshchilov and Hutter 2019), `muon` (Jordan et al.
 * 2024).
 */
export const optimizerKinds = ['nesterov', 'adamw', 'muon'] as const;

export type OptimizerKind = (typeof optimizerKinds)[number];

/** What decides how the gradients of a batch change the weights. */
export interface UpdateRule {
  readonly optimizer: OptimizerKind;
  /** Whether gradients are scaled down to a norm that is fed (Pascanu et al. 2013). */
  readonly clips: boolean;
  /** Learning rate of biases as a multiple of that of all other parameters, above 0. */
  readonly biasRate: number;
  /** Whether there is a part of the training, told by what is fed, over which the averaged weights are means of all steps. */
  readonly averagesTail: boolean;
}

/** Nesterov momentum and nothing else. */
export const plainUpdate: UpdateRule = { optimizer: 'nesterov', clips: false, biasRate: 1, averagesTail: false };

/** How a parameter starts: normal around 0 with a standard deviation, or one value everywhere. */
export type Start = { readonly deviation: number } | { readonly value: number };

/** What a layer asks for. */
export interface Declaration {
  /** Unique in the network. */
  readonly name: string;
  readonly group: Group;
  readonly shape: readonly number[];
  readonly start: Start;
}

/** A declared parameter and where it begins in its group's variable. */
export interface Parameter extends Declaration {
  readonly begin: number;
}

/** Hands a layer the parameter it declares. */
export type ParameterSource = (declaration: Declaration) => ValueRef;

/** Where every parameter of a network stands in the flat variables, in order of declaration. */
export class Layout {
  private readonly byName = new Map<string, Parameter>();
  private readonly sizes = new Map<Group, number>();

  /** @param rule decides which slots there are. */
  constructor(readonly rule: UpdateRule) {}

  /** @throws Error when the name is taken. */
  declare(declaration: Declaration): void {
    if (this.byName.has(declaration.name)) throw new Error(`network: two parameters named ${declaration.name}`);
    const begin = this.size(declaration.group);
    this.byName.set(declaration.name, { ...declaration, begin });
    this.sizes.set(declaration.group, begin + elements(declaration.shape));
  }

  /** Elements of a group. */
  size(group: Group): number {
    return this.sizes.get(group) ?? 0;
  }

  /** Parameters of a group in the order of their places. */
  in(group: Group): readonly Parameter[] {
    return [...this.byName.values()].filter((parameter) => parameter.group === group);
  }

  /**
   * The kernels that Muon orthogonalises: all convolutions but the first; Jordan et al. leave that, the classifier and all vectors to
   * AdamW. Depthwise kernels, a vector a channel, are not among them, nor are the dense layers of squeeze-and-excitation.
   */
  hiddenKernels(): readonly Parameter[] {
    return this.in('weights')
      .filter(({ shape }) => shape.length === 4)
      .slice(1);
  }

  /** By how much the learning rate of each element of `norms` is multiplied: biases are offsets of norms and the classifier's own. */
  normRates(): readonly number[] {
    return this.in('norms').flatMap(({ name, shape }) => {
      const isBias = /\.(offset|bias)$/.test(name);
      return new Array<number>(elements(shape)).fill(isBias ? this.rule.biasRate : 1);
    });
  }

  /** All variables of the network's session. */
  variables(): readonly VariableSpec[] {
    const named = (name: string, size: number): VariableSpec => ({ name, shape: [size] });
    const ofGroups = groups.flatMap((group) => {
      const size = this.size(group);
      const values = [named(group, size), named(averageOf(group), size)];
      if (group === 'statistics') return values;
      const slots = [named(gradientOf(group), size), named(momentumOf(group), size)];
      const squares = this.secondMomentSize(group);
      return [...values, ...slots, ...(squares === 0 ? [] : [named(secondMomentOf(group), squares)])];
    });
    return this.rule.averagesTail ? [...ofGroups, named(tailSteps, 1)] : ofGroups;
  }

  /** Elements of a group whose squared gradients the optimiser sums. */
  private secondMomentSize(group: Group): number {
    const { optimizer } = this.rule;
    switch (optimizer) {
      case 'nesterov':
        return 0;
      case 'adamw':
        return this.size(group);
      case 'muon': {
        const hidden = group === 'weights' ? this.hiddenKernels() : [];
        return hidden.reduce((size, { shape }) => size - elements(shape), this.size(group));
      }
      default:
        return unreachable(optimizer);
    }
  }

  /** Reads each parameter as a part of the variable that `variableOf` names for its group. */
  source(builder: ProgramBuilder, variableOf: (group: Group) => string): ParameterSource {
    return ({ name }) => {
      const parameter = this.byName.get(name);
      if (parameter === undefined) throw new Error(`network: no parameter ${name}`);
      const { group, shape, begin } = parameter;
      const slice = { kind: 'slice', begin, length: elements(shape) } as const;
      return builder.reshape(builder.one(slice, [builder.read(variableOf(group))]), shape);
    };
  }

  /**
   * Values of all variables before the first step: drawn parameters, averages equal to them, gradients and slots zero.
   * Each parameter has a random stream of its own, so that it does not depend on what else the network holds.
   */
  initialValues(seed: string): ReadonlyMap<string, Float32Array> {
    const values = new Map(this.variables().map(({ name, shape }) => [name, new Float32Array(elements(shape))]));
    for (const group of groups) {
      const flat = values.get(group) ?? new Float32Array(0);
      for (const parameter of this.in(group)) {
        flat.subarray(parameter.begin, parameter.begin + elements(parameter.shape)).set(draw(parameter, seed));
      }
      values.get(averageOf(group))?.set(flat);
    }
    return values;
  }
}

function draw({ name, shape, start }: Parameter, seed: string): Float32Array {
  const values = new Float32Array(elements(shape));
  if ('value' in start) return values.fill(start.value);
  const random = seedrandom.alea(`${seed}/${name}`);
  // Box and Muller 1958; 1 - u keeps the logarithm's argument above zero.
  return values.map(() => start.deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}
