import type { ProgramBuilder } from './builder.js';
import { elements } from './geometry.js';
import type { Operation } from './operation.js';
import type { Node, ValueRef } from './types.js';

/** The gradient with respect to a value; `ones` stands for a one in every element and needs no tensor. */
export type Cotangent = ValueRef | 'ones';

/**
 * What is needed for the gradient with respect to one input; undefined where the operation has none. Called only for
 * inputs that count.
 */
export type InputRule = (() => Cotangent) | undefined;

/** A node on the way back, with the gradient that arrived at each of its outputs. */
interface Site {
  readonly builder: ProgramBuilder;
  readonly node: Node;
  readonly cotangents: readonly (Cotangent | undefined)[];
}

/** x · 0 even where x is infinite. */
function zerosLike(builder: ProgramBuilder, x: ValueRef): ValueRef {
  const zero = builder.constant(0);
  return builder.one({ kind: 'minimum' }, [builder.one({ kind: 'maximum' }, [x, zero]), zero]);
}

/** The tensor of a gradient with respect to `value`. */
export function materialise(builder: ProgramBuilder, cotangent: Cotangent, value: ValueRef): ValueRef {
  if (cotangent !== 'ones') return cotangent;
  const shape = builder.shapeOf(value);
  if (shape[0] !== -1 && elements(shape) === 1) return builder.reshape(builder.constant(1), shape);
  return builder.one({ kind: 'add' }, [zerosLike(builder, value), builder.constant(1)]);
}

/** Sums `gradient` over the dimensions along which `value` was repeated by broadcasting. */
function unbroadcast(builder: ProgramBuilder, gradient: ValueRef, value: ValueRef): ValueRef {
  const [from, to] = [builder.shapeOf(gradient), builder.shapeOf(value)];
  const missing = from.length - to.length;
  const axes = from.flatMap((side, axis) => (axis < missing || (to[axis - missing] === 1 && side !== 1) ? [axis] : []));
  const sum = axes.length === 0 ? gradient : builder.one({ kind: 'reduceSum', axes }, [gradient]);
  return builder.reshape(sum, to);
}

function inputOf(node: Node, index: number): ValueRef {
  const value = node.inputs[index];
  if (value === undefined) throw new Error(`${node.operation.kind}: no input ${index}`);
  return value;
}

/** Rules of the operations on images. */
function imageRules(
  { builder, node }: Site,
  operation: Operation,
  dy: () => ValueRef,
): readonly InputRule[] | undefined {
  const input = (index: number) => inputOf(node, index);
  const output = (index: number): ValueRef => ({ node: node.id, output: index });
  switch (operation.kind) {
    case 'conv2d': {
      const { stride, padding } = operation;
      return [
        () => builder.one({ kind: 'conv2dInputGradient', stride, padding }, [dy(), input(1), input(0)]),
        () => {
          const [height = 0, width = 0, channels = 0, out = 0] = builder.shapeOf(input(1));
          const filterShape = [height, width, channels, out] as const;
          return builder.one({ kind: 'conv2dFilterGradient', stride, padding, filterShape }, [dy(), input(0)]);
        },
      ];
    }
    case 'depthwiseConv2d': {
      const { stride } = operation;
      return [
        () => builder.one({ kind: 'depthwiseConv2dInputGradient', stride }, [dy(), input(1), input(0)]),
        () => builder.one({ kind: 'depthwiseConv2dFilterGradient', stride }, [dy(), input(0)]),
      ];
    }
    case 'batchNormTrain': {
      let all: readonly ValueRef[] | undefined;
      const part = (index: number) => () => {
        all ??= builder.add({ kind: 'batchNormGradient' }, [dy(), input(0), input(1), output(1), output(3)]);
        const value = all[index];
        if (value === undefined) throw new Error('batchNormGradient: an output is missing');
        return value;
      };
      return [part(0), part(1), part(2)];
    }
    case 'maxPool':
      return [() => builder.one({ ...operation, kind: 'maxPoolGradient' }, [dy(), input(0), output(0)])];
    case 'averagePool':
      return [() => builder.one({ ...operation, kind: 'averagePoolGradient' }, [dy(), input(0)])];
    case 'globalAveragePool':
      return [() => builder.one({ kind: 'globalAveragePoolGradient' }, [dy(), input(0)])];
    default:
      return undefined;
  }
}

/** Rules of the elementwise operations of two inputs. */
function binaryRules(
  { builder, node }: Site,
  operation: Operation,
  dy: () => ValueRef,
): readonly InputRule[] | undefined {
  const input = (index: number) => inputOf(node, index);
  const multiply = (a: ValueRef, b: ValueRef) => builder.one({ kind: 'multiply' }, [a, b]);
  const divide = (a: ValueRef, b: ValueRef) => builder.one({ kind: 'divide' }, [a, b]);
  const summed = (index: number, gradient: () => ValueRef) => () => unbroadcast(builder, gradient(), input(index));
  const negative = (x: ValueRef) => multiply(x, builder.constant(-1));
  switch (operation.kind) {
    case 'add':
      return [summed(0, dy), summed(1, dy)];
    case 'subtract':
      return [summed(0, dy), () => negative(unbroadcast(builder, dy(), input(1)))];
    case 'multiply':
      return [summed(0, () => multiply(dy(), input(1))), summed(1, () => multiply(dy(), input(0)))];
    case 'divide': {
      const quotient = { node: node.id, output: 0 };
      return [
        summed(0, () => divide(dy(), input(1))),
        summed(1, () => negative(divide(multiply(dy(), quotient), input(1)))),
      ];
    }
    default:
      return undefined;
  }
}

/** Rules of everything else. */
function otherRules(site: Site, operation: Operation, dy: () => ValueRef): readonly InputRule[] | undefined {
  const { builder, node, cotangents } = site;
  const input = (index: number) => inputOf(node, index);
  const first: ValueRef = { node: node.id, output: 0 };
  switch (operation.kind) {
    case 'relu':
      return [() => builder.one({ kind: 'reluGradient' }, [dy(), first])];
    case 'square':
      return [() => builder.one({ kind: 'multiply' }, [dy(), builder.one({ kind: 'add' }, [input(0), input(0)])])];
    case 'squareRoot':
      return [() => builder.one({ kind: 'divide' }, [dy(), builder.one({ kind: 'add' }, [first, first])])];
    case 'sigmoid': {
      const slope = () => builder.one({ kind: 'subtract' }, [first, builder.one({ kind: 'square' }, [first])]);
      return [() => builder.one({ kind: 'multiply' }, [dy(), slope()])];
    }
    case 'matMul': {
      const { transposeA, transposeB } = operation;
      const product = (a: ValueRef, b: ValueRef, flipA: boolean, flipB: boolean) =>
        builder.one({ kind: 'matMul', transposeA: flipA, transposeB: flipB }, [a, b]);
      return [
        () => (transposeA ? product(input(1), dy(), transposeB, true) : product(dy(), input(1), false, !transposeB)),
        () => (transposeB ? product(dy(), input(0), true, transposeA) : product(input(0), dy(), !transposeA, false)),
      ];
    }
    case 'reshape':
      return [() => (cotangents[0] === 'ones' ? 'ones' : builder.reshape(dy(), builder.shapeOf(input(0))))];
    case 'slice': {
      const [length = 0] = builder.shapeOf(input(0));
      const zeros = (count: number) => (count === 0 ? [] : [builder.constant(...new Array<number>(count).fill(0))]);
      const end = operation.begin + operation.length;
      return [() => builder.concat([...zeros(operation.begin), dy(), ...zeros(length - end)])];
    }
    case 'concat': {
      let begin = 0;
      return node.inputs.map((value) => {
        const [length = 0] = builder.shapeOf(value);
        const part = { kind: 'slice', begin, length } as const;
        begin += length;
        return () => builder.one(part, [dy()]);
      });
    }
    case 'reduceSum': {
      const shape = builder.shapeOf(input(0));
      const kept = shape.map((side, axis) => (operation.axes.includes(axis) ? 1 : side));
      return [
        () => {
          if (cotangents[0] === 'ones') return 'ones';
          return builder.one({ kind: 'add' }, [zerosLike(builder, input(0)), builder.reshape(dy(), kept)]);
        },
      ];
    }
    case 'softmaxCrossEntropy': {
      const gradient = { node: node.id, output: 1 };
      const [batch = 0] = builder.shapeOf(first);
      const each = () => builder.reshape(dy(), [batch, 1]);
      return [
        () => (cotangents[0] === 'ones' ? gradient : builder.one({ kind: 'multiply' }, [gradient, each()])),
        undefined,
      ];
    }
    default:
      return undefined;
  }
}

/**
 * The gradient rule of one node, one entry for each of its inputs.
 * @throws Error that names the operation when it has no rule, or when the gradient arrives at an output it has none
 * for.
 */
export function rulesOf(site: Site): readonly InputRule[] {
  const { builder, node, cotangents } = site;
  const { operation } = node;
  if (cotangents.some((cotangent, output) => output > 0 && cotangent !== undefined)) {
    throw new Error(`${operation.kind}: no gradient through any but its first output`);
  }
  let seed: ValueRef | undefined;
  const dy = (): ValueRef => {
    seed ??= materialise(builder, cotangents[0] ?? 'ones', { node: node.id, output: 0 });
    return seed;
  };
  const rules = imageRules(site, operation, dy) ?? binaryRules(site, operation, dy) ?? otherRules(site, operation, dy);
  if (rules === undefined) throw new Error(`${operation.kind}: it has no gradient rule`);
  return rules;
}
