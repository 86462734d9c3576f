import seedrandom from 'seedrandom';
import { describe, expect, it } from 'vitest';
import { ProgramBuilder } from '../../src/program/builder.js';
import { gradients } from '../../src/program/gradients.js';
import type { Operation } from '../../src/program/operation.js';
import type { ValueRef } from '../../src/program/types.js';
import { evaluateProgram } from './reference.js';
import { at, sizeOf } from './tensor.js';

type Shape = readonly number[];
type Build = (builder: ProgramBuilder, inputs: readonly ValueRef[]) => ValueRef;

/** Distinct values at least 0.04 away from zero and from each other, so that a small step crosses no kink. */
function scattered(count: number, seed: string): Float64Array {
  const random = seedrandom.alea(seed);
  const order = Array.from({ length: count }, (_, index) => ({ index, key: random() })).sort((a, b) => a.key - b.key);
  return Float64Array.from(
    order,
    ({ index }) => 0.1 * (index - Math.floor(count / 2)) + 0.05 + 0.01 * (random() - 0.5),
  );
}

function input(values: readonly ValueRef[], index: number): ValueRef {
  const value = values[index];
  if (value === undefined) throw new Error(`no input ${index}`);
  return value;
}

/**
 * Compares the gradients of a randomly weighted sum of `build`'s value with central differences, for every element of
 * every input.
 */
function expectExactGradients(shapes: readonly Shape[], build: Build, feedsOf = scattered): void {
  const builder = new ProgramBuilder('test');
  const inputs = shapes.map((shape, index) => builder.input(`x${index}`, { shape, dtype: 'float32' }));
  const value = build(builder, inputs);
  const shape = builder.shapeOf(value);
  const weights = builder.reshape(builder.constant(...scattered(sizeOf(shape), 'weights')), shape);
  const weighted = builder.one({ kind: 'multiply' }, [value, weights]);
  const loss = builder.one({ kind: 'reduceSum', axes: shape.map((_, axis) => axis) }, [weighted]);
  builder.output('loss', loss);
  gradients(builder, loss, 'ones', inputs).forEach((gradient, index) => {
    expect(builder.shapeOf(gradient)).toEqual(shapes[index]);
    builder.output(`dx${index}`, gradient);
  });
  const program = builder.build();
  const feeds = Object.fromEntries(shapes.map((side, index) => [`x${index}`, feedsOf(sizeOf(side), `x${index}`)]));
  const exact = evaluateProgram(program, feeds);
  for (const [name, values] of Object.entries(feeds)) {
    const gradient = exact[`d${name}`] ?? new Float64Array(0);
    const largest = Math.max(1e-3, ...gradient.map(Math.abs));
    for (let index = 0; index < values.length; index += 1) {
      const step = 1e-5;
      const lossAt = (offset: number) => {
        const moved = values.slice();
        moved[index] = at(moved, index) + offset;
        return at(evaluateProgram(program, { ...feeds, [name]: moved })['loss'] ?? [], 0);
      };
      const numeric = (lossAt(step) - lossAt(-step)) / (2 * step);
      expect(Math.abs(at(gradient, index) - numeric) / largest, `${name}[${index}]`).toBeLessThan(1e-6);
    }
  }
}

const of =
  (operation: Operation): Build =>
  (builder, inputs) =>
    builder.one(operation, inputs);

const positive = (count: number, seed: string) => scattered(count, seed).map((x) => Math.abs(x) + 0.5);
const windows = [
  { size: 2, stride: 2, padding: 'same' },
  { size: 3, stride: 2, padding: 'same' },
  { size: 2, stride: 1, padding: 'valid' },
] as const;

describe('the gradient rule agrees with central differences', () => {
  for (const { size, stride, padding } of [...windows, { size: 1, stride: 1, padding: 'same' } as const]) {
    it(`conv2d ${size}x${size} stride ${stride} ${padding}`, () => {
      const operation = { kind: 'conv2d', stride, padding } as const;
      expectExactGradients(
        [
          [2, 5, 4, 2],
          [size, size, 2, 3],
        ],
        of(operation),
      );
    });
  }
  for (const stride of [1, 2, 3]) {
    it(`depthwiseConv2d stride ${stride}`, () => {
      expectExactGradients(
        [
          [2, 5, 4, 3],
          [3, 3, 3],
        ],
        of({ kind: 'depthwiseConv2d', stride }),
      );
    });
  }
  for (const window of windows) {
    it(`maxPool and averagePool ${window.size}x${window.size} stride ${window.stride} ${window.padding}`, () => {
      expectExactGradients([[2, 5, 4, 2]], of({ kind: 'maxPool', ...window }));
      expectExactGradients([[2, 5, 4, 2]], of({ kind: 'averagePool', ...window }));
    });
  }
  it('globalAveragePool', () => expectExactGradients([[2, 3, 2, 3]], of({ kind: 'globalAveragePool' })));
  it('batchNormTrain', () => {
    expectExactGradients([[2, 2, 3, 2], [2], [2]], of({ kind: 'batchNormTrain', epsilon: 1e-2 }));
  });
  it('relu', () => expectExactGradients([[3, 4]], of({ kind: 'relu' })));
  it('square', () => expectExactGradients([[3, 4]], of({ kind: 'square' })));
  it('sigmoid', () => expectExactGradients([[3, 4]], of({ kind: 'sigmoid' })));
  it('squareRoot', () => expectExactGradients([[3, 4]], of({ kind: 'squareRoot' }), positive));
  for (const kind of ['add', 'subtract', 'multiply', 'divide'] as const) {
    it(`${kind}, with broadcasting on either side`, () => {
      const shapes: readonly (readonly [Shape, Shape])[] = [
        [
          [2, 3],
          [2, 3],
        ],
        [[2, 3], [3]],
        [[1], [2, 3]],
        [
          [2, 1],
          [1, 3],
        ],
      ];
      for (const pair of shapes) expectExactGradients(pair, of({ kind }), positive);
    });
  }
  for (const [transposeA, transposeB] of [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ] as const) {
    it(`matMul, ${transposeA ? 'Aᵀ' : 'A'}·${transposeB ? 'Bᵀ' : 'B'}`, () => {
      const shapes = [transposeA ? [4, 2] : [2, 4], transposeB ? [3, 4] : [4, 3]];
      expectExactGradients(shapes, of({ kind: 'matMul', transposeA, transposeB }));
    });
  }
  it('reshape', () => expectExactGradients([[2, 6]], of({ kind: 'reshape', shape: [-1, 3, 2] })));
  it('slice', () => {
    expectExactGradients([[7]], of({ kind: 'slice', begin: 2, length: 3 }));
    expectExactGradients([[7]], of({ kind: 'slice', begin: 0, length: 7 }));
  });
  it('concat', () => expectExactGradients([[2], [3], [1]], of({ kind: 'concat' })));
  it('reduceSum', () => {
    for (const axes of [[0], [1], [0, 2], [0, 1, 2]])
      expectExactGradients([[2, 3, 4]], of({ kind: 'reduceSum', axes }));
  });
  it('softmaxCrossEntropy', () => {
    expectExactGradients([[2, 3]], (builder, values) => {
      const logits = input(values, 0);
      const targets = builder.reshape(builder.constant(0.7, 0.2, 0.1, 0, 1, 0), [2, 3]);
      return builder.one({ kind: 'softmaxCrossEntropy' }, [logits, targets]);
    });
  });
  it('values used more than once', () => {
    expectExactGradients([[2, 3], [3]], (builder, values) => {
      const [x, b] = [input(values, 0), input(values, 1)];
      const sum = builder.one({ kind: 'add' }, [x, b]);
      const product = builder.one({ kind: 'multiply' }, [sum, sum]);
      return builder.one({ kind: 'divide' }, [
        builder.one({ kind: 'subtract' }, [product, x]),
        builder.one({ kind: 'square' }, [b]),
      ]);
    });
  });
});

describe('gradients', () => {
  const built = () => {
    const builder = new ProgramBuilder('test');
    const x = builder.input('x', { shape: [-1, 4, 4, 2], dtype: 'float32' });
    const filter = builder.input('filter', { shape: [3, 3, 2, 2], dtype: 'float32' });
    return { builder, x, filter };
  };
  const kinds = (builder: ProgramBuilder) => builder.nodes.map((node) => node.operation.kind);

  it('that nobody asked for are not computed', () => {
    const { builder, x, filter } = built();
    const y = builder.one({ kind: 'conv2d', stride: 1, padding: 'same' }, [x, filter]);
    const loss = builder.one({ kind: 'reduceSum', axes: [0, 1, 2, 3] }, [builder.one({ kind: 'relu' }, [y])]);
    gradients(builder, loss, 'ones', [filter]);
    expect(kinds(builder)).toContain('conv2dFilterGradient');
    expect(kinds(builder)).not.toContain('conv2dInputGradient');
  });

  it('are multiplied by the seed', () => {
    for (const batch of [1, 3]) {
      const builder = new ProgramBuilder('test');
      const logits = builder.input('logits', { shape: [-1, 2], dtype: 'float32' });
      const targets = builder.input('targets', { shape: [-1, 2], dtype: 'float32' });
      const scale = builder.input('scale', { shape: [1], dtype: 'float32' });
      const losses = builder.one({ kind: 'softmaxCrossEntropy' }, [logits, targets]);
      const loss = builder.one({ kind: 'reduceSum', axes: [0] }, [losses]);
      builder.output('plain', input(gradients(builder, loss, 'ones', [logits]), 0));
      builder.output('scaled', input(gradients(builder, loss, scale, [logits]), 0));
      const feeds = { logits: scattered(2 * batch, 'l'), targets: positive(2 * batch, 't'), scale: [8] };
      const { plain, scaled } = evaluateProgram(builder.build(), feeds);
      expect(scaled).toEqual(plain?.map((x) => 8 * x));
    }
  });

  it('of a value itself are one everywhere, even where it is infinite', () => {
    const builder = new ProgramBuilder('test');
    const x = builder.input('x', { shape: [-1], dtype: 'float32' });
    builder.output('dx', input(gradients(builder, x, 'ones', [x]), 0));
    expect(evaluateProgram(builder.build(), { x: [Infinity, -Infinity, 0] })['dx']).toEqual(Float64Array.of(1, 1, 1));
  });

  it('take the softmax gradient as it is, without further work', () => {
    const builder = new ProgramBuilder('test');
    const logits = builder.input('logits', { shape: [-1, 2], dtype: 'float32' });
    const targets = builder.input('targets', { shape: [-1, 2], dtype: 'float32' });
    const losses = builder.one({ kind: 'softmaxCrossEntropy' }, [logits, targets]);
    const loss = builder.one({ kind: 'reduceSum', axes: [0] }, [losses]);
    expect(gradients(builder, loss, 'ones', [logits])).toEqual([{ node: losses.node, output: 1 }]);
    expect(() => gradients(builder, loss, 'ones', [targets])).toThrow(
      'softmaxCrossEntropy: no gradient with respect to input 1',
    );
  });

  it('name the operation that has no rule', () => {
    const { builder, x } = built();
    const loss = builder.one({ kind: 'maximum' }, [x, builder.constant(0)]);
    expect(() => gradients(builder, loss, 'ones', [x])).toThrow('maximum: it has no gradient rule');
  });

  it('do not go through batch statistics', () => {
    const { builder, x } = built();
    const ones = builder.constant(1, 1);
    const [, mean] = builder.add({ kind: 'batchNormTrain', epsilon: 1e-5 }, [x, ones, ones]);
    const loss = input(mean === undefined ? [] : [mean], 0);
    expect(() => gradients(builder, loss, 'ones', [x])).toThrow(
      'batchNormTrain: no gradient through any but its first output',
    );
  });

  it('refuse a value that the loss does not depend on', () => {
    const { builder, x, filter } = built();
    const loss = builder.one({ kind: 'square' }, [x]);
    expect(() => gradients(builder, loss, 'ones', [filter])).toThrow('the loss does not depend on node 1');
  });
});
