import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/program/operation.js';
import { evaluateOperation, type Tensor } from './reference.js';

function tensor(shape: readonly number[], values: readonly number[]): Tensor {
  return { shape, values: Float64Array.from(values) };
}

function values(operation: Operation, ...inputs: readonly Tensor[]): readonly (readonly number[])[] {
  return evaluateOperation(operation, inputs).map((output) => [...output.values]);
}

const counted = tensor([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
const ones = tensor([2, 2, 1, 1], [1, 1, 1, 1]);

describe('the reference evaluator', () => {
  it('convolves without a border', () => {
    expect(values({ kind: 'conv2d', stride: 1, padding: 'valid' }, counted, ones)).toEqual([[12, 16, 24, 28]]);
  });

  it('puts the odd pixel of a border at the end', () => {
    const filter = tensor([2, 2, 1, 1], [1, 10, 100, 1000]);
    expect(values({ kind: 'conv2d', stride: 2, padding: 'same' }, counted, filter)).toEqual([[5421, 603, 87, 9]]);
  });

  it('adds up filter gradients over the places a tap visits', () => {
    const dy = tensor([1, 2, 2, 1], [1, 0, 0, 1]);
    const operation = { kind: 'conv2dFilterGradient', stride: 1, padding: 'valid', filterShape: [2, 2, 1, 1] } as const;
    expect(values(operation, dy, counted)).toEqual([[1 + 5, 2 + 6, 4 + 8, 5 + 9]]);
  });

  it('spreads input gradients over the pixels an output saw', () => {
    const dy = tensor([1, 2, 2, 1], [1, 2, 3, 4]);
    const dx = values({ kind: 'conv2dInputGradient', stride: 1, padding: 'valid' }, dy, ones, counted);
    expect(dx).toEqual([[1, 3, 2, 4, 10, 6, 3, 7, 4]]);
  });

  it('filters each channel by its own filter, between zeros', () => {
    const x = tensor([1, 2, 2, 2], [1, 10, 2, 20, 3, 30, 4, 40]);
    const filter = tensor(
      [3, 3, 2],
      Array.from({ length: 18 }, (_, i) => (i % 2 === 0 ? (i === 8 ? 1 : 0) : 1)),
    );
    const y = values({ kind: 'depthwiseConv2d', stride: 1 }, x, filter);
    expect(y).toEqual([[1, 100, 2, 100, 3, 100, 4, 100]]);
    const dy = tensor([1, 1, 1, 2], [5, 7]);
    expect(values({ kind: 'depthwiseConv2d', stride: 2 }, x, filter)).toEqual([[4, 100]]);
    const dx = values({ kind: 'depthwiseConv2dInputGradient', stride: 2 }, dy, filter, x);
    expect(dx).toEqual([[0, 7, 0, 7, 0, 7, 5, 7]]);
    const [dfilter = []] = values({ kind: 'depthwiseConv2dFilterGradient', stride: 2 }, dy, x);
    // With stride 2 the border stands after the image: the first tap sees the first pixel.
    expect(dfilter.slice(0, 4)).toEqual([5, 70, 10, 140]);
    expect(dfilter.reduce((sum, value) => sum + value)).toBe(5 * 10 + 7 * 100);
  });

  it('does not count the border in an average', () => {
    const operation = { kind: 'averagePool', size: 2, stride: 2, padding: 'same' } as const;
    expect(values(operation, counted)).toEqual([[3, 4.5, 7.5, 9]]);
    const dx = values({ ...operation, kind: 'averagePoolGradient' }, tensor([1, 2, 2, 1], [4, 2, 2, 1]), counted);
    expect(dx).toEqual([[1, 1, 1, 1, 1, 1, 1, 1, 1]]);
  });

  it('gives the gradient of a maximum to the first of equal pixels', () => {
    const window = { size: 2, stride: 1, padding: 'valid' } as const;
    const x = tensor([1, 2, 3, 1], [1, 5, 5, 0, 5, 2]);
    const y = tensor([1, 1, 2, 1], [5, 5]);
    expect(values({ kind: 'maxPool', ...window }, x)).toEqual([[5, 5]]);
    expect(values({ kind: 'maxPoolGradient', ...window }, tensor([1, 1, 2, 1], [1, 2]), x, y)).toEqual([
      [0, 3, 0, 0, 0, 0],
    ]);
  });

  it('normalises by the biased and reports the unbiased variance', () => {
    const x = tensor([2, 1, 2, 1], [1, 2, 3, 4]);
    const out = values({ kind: 'batchNormTrain', epsilon: 0 }, x, tensor([1], [2]), tensor([1], [10]));
    expect(out[1]).toEqual([2.5]);
    expect(out[2]?.[0]).toBeCloseTo(5 / 3, 12);
    expect(out[3]?.[0]).toBeCloseTo(1 / Math.sqrt(1.25), 12);
    expect(out[0]?.[3]).toBeCloseTo(10 + (2 * 1.5) / Math.sqrt(1.25), 12);
  });

  it('applies Nesterov momentum to the variable and its slot', () => {
    const variables = new Map([
      ['w', Float64Array.of(1)],
      ['m', Float64Array.of(2)],
    ]);
    const inputs = [tensor([1], [3]), tensor([1], [0.1]), tensor([1], [0.5])];
    evaluateOperation({ kind: 'applyNesterov', variable: 'w', slot: 'm' }, inputs, variables);
    expect(variables.get('m')).toEqual(Float64Array.of(4));
    expect(variables.get('w')?.[0]).toBeCloseTo(1 - 0.1 * (3 + 0.5 * 4), 12);
  });

  it('broadcasts, reduces and multiplies matrices as numpy does', () => {
    const a = tensor([2, 3], [1, 2, 3, 4, 5, 6]);
    expect(values({ kind: 'subtract' }, a, tensor([3], [1, 2, 3]))).toEqual([[0, 0, 0, 3, 3, 3]]);
    expect(values({ kind: 'reduceSum', axes: [0] }, a)).toEqual([[5, 7, 9]]);
    expect(evaluateOperation({ kind: 'reduceSum', axes: [0, 1] }, [a])[0]).toEqual(tensor([1], [21]));
    expect(values({ kind: 'matMul', transposeA: true, transposeB: false }, a, a)).toEqual([
      [17, 22, 27, 22, 29, 36, 27, 36, 45],
    ]);
    expect(values({ kind: 'matMul', transposeA: false, transposeB: true }, a, a)).toEqual([[14, 32, 32, 77]]);
  });

  it('tells finite numbers from others and chooses without touching what is not chosen', () => {
    const finite = (...x: readonly number[]) => values({ kind: 'allFinite' }, tensor([x.length], x));
    expect([finite(1, -1e300), finite(0, Number.NaN), finite(-Infinity, 1)]).toEqual([[[1]], [[0]], [[0]]]);
    const [good, bad] = [tensor([2], [1, 2]), tensor([2], [Number.NaN, Infinity])];
    const [yes, no, none] = [tensor([1], [-3]), tensor([1], [0]), tensor([1], [7])];
    expect(values({ kind: 'select' }, yes, good, bad)).toEqual([[1, 2]]);
    expect(values({ kind: 'select' }, no, bad, none)).toEqual([[7, 7]]);
    expect(values({ kind: 'select' }, no, none, bad)).toEqual([[Number.NaN, Infinity]]);
  });

  it('computes cross entropy and its gradient', () => {
    const out = values({ kind: 'softmaxCrossEntropy' }, tensor([1, 2], [0, Math.log(3)]), tensor([1, 2], [1, 0]));
    expect(out[0]?.[0]).toBeCloseTo(Math.log(4), 12);
    expect(out[1]?.[0]).toBeCloseTo(0.25 - 1, 12);
    expect(out[1]?.[1]).toBeCloseTo(0.75, 12);
  });
});
