import { describe, expect, it } from 'vitest';
import { describeNetwork } from '../../src/network/describe.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { planProgram } from '../../src/program/plan.js';
import type { Program } from '../../src/program/types.js';

const key = (value: { readonly node: number; readonly output: number }) => `${value.node}:${value.output}`;

function programs(): readonly Program[] {
  const sizes = { width: 4, blocks: 2, stages: 3, resolution: 16, classes: 5 };
  return (['residual', 'plain'] as const).flatMap((family) => {
    const { accumulate, apply, evaluate } = describeNetwork({ family, stem: 'large', ...sizes }).programs;
    return [accumulate, apply, evaluate];
  });
}

describe('planProgram', () => {
  it('frees every value but the outputs exactly once', () => {
    for (const program of programs()) {
      const freed = planProgram(program).diesAfter.flat().map(key);
      const outputs = new Set(Object.values(program.outputs).map(key));
      const values = program.nodes.flatMap((node) => node.outputs.map((_, output) => key({ node: node.id, output })));
      expect(freed.toSorted()).toEqual(values.filter((value) => !outputs.has(value)).toSorted());
    }
  });

  it('frees a value after its last use and never before', () => {
    for (const program of programs()) {
      const { diesAfter } = planProgram(program);
      const dead = new Set<string>();
      for (const node of program.nodes) {
        for (const value of node.inputs) expect(dead).not.toContain(key(value));
        for (const value of diesAfter[node.id] ?? []) {
          const used = node.id === value.node || node.inputs.some((input) => key(input) === key(value));
          expect(used).toBe(true);
          dead.add(key(value));
        }
      }
      for (const value of Object.values(program.outputs)) expect(dead).not.toContain(key(value));
    }
  });

  it('adds up what is alive at a time, for one image and for everything else', () => {
    const builder = new ProgramBuilder('test', [
      { name: 'filter', shape: [18] },
      { name: 'sum', shape: [1] },
    ]);
    const x = builder.one({ kind: 'cast' }, [builder.input('x', { shape: [-1, 5, 5, 1], dtype: 'uint8' })]);
    const filter = builder.reshape(
      builder.one({ kind: 'slice', begin: 0, length: 18 }, [builder.read('filter')]),
      [3, 3, 1, 2],
    );
    const y = builder.one({ kind: 'conv2d', stride: 1, padding: 'same' }, [x, filter]);
    const z = builder.one({ kind: 'relu' }, [y]);
    const sum = builder.one({ kind: 'reduceSum', axes: [0, 1, 2, 3] }, [z]);
    builder.add({ kind: 'assignAdd', variable: 'sum' }, [sum]);
    const plan = planProgram(builder.build());
    expect(plan.macsPerImage).toBe(25 * 9 * 2);
    // y and z: 25 pixels of 2 channels each.
    expect(plan.peakBytesPerImage).toBe(2 * 50 * 4);
    // The variables, and the filter that both slice and reshape show.
    expect(plan.weightBytes).toBe((18 + 1) * 4 + 18 * 4);
  });

  it('counts a reshaped value once, until the last of its shapes dies', () => {
    const builder = new ProgramBuilder('test');
    const x = builder.input('x', { shape: [-1, 6], dtype: 'float32' });
    const y = builder.reshape(builder.one({ kind: 'relu' }, [x]), [-1, 2, 3]);
    const z = builder.one({ kind: 'square' }, [y]);
    builder.output('sum', builder.one({ kind: 'add' }, [z, y]));
    // x and relu(x); then y, z and their sum.
    expect(planProgram(builder.build()).peakBytesPerImage).toBe(3 * 6 * 4);
  });

  it('counts the multiply-accumulates of gradients like those of the forward pass', () => {
    const builder = new ProgramBuilder('test');
    const x = builder.input('x', { shape: [-1, 7, 7, 3], dtype: 'float32' });
    const dy = builder.input('dy', { shape: [-1, 4, 4, 5], dtype: 'float32' });
    const filter = builder.input('filter', { shape: [3, 3, 3, 5], dtype: 'float32' });
    const conv = { stride: 2, padding: 'same' } as const;
    builder.one({ kind: 'conv2d', ...conv }, [x, filter]);
    builder.one({ kind: 'conv2dInputGradient', ...conv }, [dy, filter, x]);
    builder.one({ kind: 'conv2dFilterGradient', ...conv, filterShape: [3, 3, 3, 5] }, [dy, x]);
    expect(planProgram(builder.build()).macsPerImage).toBe(3 * 16 * 9 * 3 * 5);
  });

  it('counts matrix products for one image, whichever side the batch is on', () => {
    const builder = new ProgramBuilder('test');
    const x = builder.input('x', { shape: [-1, 6], dtype: 'float32' });
    const w = builder.input('w', { shape: [6, 4], dtype: 'float32' });
    const y = builder.one({ kind: 'matMul', transposeA: false, transposeB: false }, [x, w]);
    builder.one({ kind: 'matMul', transposeA: true, transposeB: false }, [x, y]);
    builder.one({ kind: 'matMul', transposeA: false, transposeB: true }, [y, w]);
    expect(planProgram(builder.build()).macsPerImage).toBe(3 * 24);
  });
});
