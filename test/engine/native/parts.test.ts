import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/engine/native/graph-builder.js';
import { isPart, PartEmitter } from '../../../src/engine/native/parts.js';
import { ProgramBuilder } from '../../../src/program/builder.js';

/** Emits slices [begin, length] of a vector of 10 values, once for each type, and gives the graph and where each is found. */
function emitSlices(slices: readonly (readonly [number, number])[], types: readonly ('float32' | 'bfloat16')[]) {
  const builder = new ProgramBuilder('test');
  const x = builder.input('x', { shape: [10], dtype: 'float32' });
  for (const [begin, length] of slices) builder.one({ kind: 'slice', begin, length }, [x]);
  const program = builder.build();
  const graph = new GraphBuilder();
  const emitter = new PartEmitter(program, graph);
  const values = types.flatMap((type) => {
    const whole = graph.add('Placeholder', [], { dtype: { type }, shape: { shape: [10] } }, type);
    return program.nodes.filter(isPart).map((node) => emitter.emit(node, x, whole));
  });
  const ops = graph.nodes.map(({ op }) => op);
  return { values, count: (op: string) => ops.filter((each) => each === op).length };
}

describe('the parts of a vector', () => {
  it('that do not overlap come from one split for each type, a gap counting as a piece', () => {
    const { values, count } = emitSlices(
      [
        [0, 4],
        [6, 4],
        [0, 4],
      ],
      ['float32', 'bfloat16'],
    );
    expect([count('SplitV'), count('Slice')]).toEqual([2, 0]);
    expect(values.map(({ index, type }) => [index, type])).toEqual([
      [0, 'float32'],
      [2, 'float32'],
      [0, 'float32'],
      [0, 'bfloat16'],
      [2, 'bfloat16'],
      [0, 'bfloat16'],
    ]);
  });

  it('that overlap are cut out one by one', () => {
    const { count } = emitSlices(
      [
        [0, 5],
        [4, 6],
      ],
      ['float32'],
    );
    expect([count('SplitV'), count('Slice')]).toEqual([0, 2]);
  });

  it('take another shape in the type of the whole', () => {
    const builder = new ProgramBuilder('test');
    const x = builder.input('x', { shape: [10], dtype: 'float32' });
    builder.one({ kind: 'reshape', shape: [2, 5] }, [x]);
    const program = builder.build();
    const graph = new GraphBuilder();
    const dtype = { type: 'float16' } as const;
    const whole = graph.add('Placeholder', [], { dtype, shape: { shape: [10] } }, 'float16');
    const [node] = program.nodes.filter(isPart);
    if (node === undefined) throw new Error('expected a part');
    expect(new PartEmitter(program, graph).emit(node, x, whole).type).toBe('float16');
    expect(graph.nodes.at(-1)).toMatchObject({ op: 'Reshape', attributes: { T: dtype, Tshape: { type: 'int32' } } });
  });
});
