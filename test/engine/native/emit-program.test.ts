import { describe, expect, it } from 'vitest';
import { emitProgram } from '../../../src/engine/native/emit-program.js';
import type { DataTypeName, GraphNode } from '../../../src/engine/native/graph.js';
import { GraphBuilder } from '../../../src/engine/native/graph-builder.js';
import { describeNetwork } from '../../../src/network/describe.js';
import { ProgramBuilder } from '../../../src/program/builder.js';
import type { Program, VariableSpec } from '../../../src/program/types.js';

const { programs } = describeNetwork({
  family: 'residual',
  width: 4,
  blocks: 1,
  stages: 2,
  stem: 'small',
  resolution: 8,
  classes: 3,
});

function emit(program: Program, variables: readonly VariableSpec[], imageType: DataTypeName = 'float32') {
  const graph = new GraphBuilder();
  const handles = variables.map(({ name, shape }) => {
    const attributes = {
      dtype: { type: 'float32' },
      shape: { shape },
      shared_name: { string: name },
      container: { string: '' },
    } as const;
    const handle = graph.add('VarHandleOp', [], attributes, 'resource', { name: `handle/${name}` });
    return [name, { handle, shape }] as const;
  });
  const emitted = emitProgram('test', program, { graph, imageType, variables: new Map(handles) });
  return { emitted, nodes: graph.nodes };
}

const ofKind = (nodes: readonly GraphNode[], op: string) => nodes.filter((node) => node.op === op);

/** Names of the nodes that run before `name`. */
function ancestors(nodes: readonly GraphNode[], name: string): ReadonlySet<string> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const found = new Set<string>();
  const visit = (each: string): void => {
    const node = byName.get(each);
    for (const other of [...(node?.inputs.map((input) => input.node) ?? []), ...(node?.control ?? [])]) {
      if (found.has(other)) continue;
      found.add(other);
      visit(other);
    }
  };
  visit(name);
  return found;
}

describe('a program as a TensorFlow graph', () => {
  it('names only nodes that stand before, so that there is no cycle', () => {
    const { nodes } = emit(programs.accumulate, programs.variables, 'bfloat16');
    const seen = new Set<string>();
    for (const { name, inputs, control } of nodes) {
      for (const other of [...inputs.map(({ node }) => node), ...control]) expect(seen, name).toContain(other);
      seen.add(name);
    }
  });

  it('has made all updates when its first output is there', () => {
    for (const program of [programs.accumulate, programs.apply]) {
      const { emitted, nodes } = emit(program, programs.variables);
      const [fetch = ''] = emitted.fetches.values();
      const before = ancestors(nodes, fetch);
      const updates = nodes.filter(({ op }) => op.startsWith('Assign') || op.startsWith('ResourceApply'));
      expect(updates.length).toBeGreaterThan(2);
      for (const { name } of updates) expect(before).toContain(name);
    }
  });

  it('reads a variable before it is updated, and after where the program says so', () => {
    const builder = new ProgramBuilder('test', [{ name: 'v', shape: [2] }]);
    const before = builder.read('v');
    builder.add({ kind: 'assignAdd', variable: 'v' }, [builder.constant(1, 1)]);
    const after = builder.read('v');
    builder.output('difference', builder.one({ kind: 'subtract' }, [after, before]));
    const { nodes } = emit(builder.build(), [{ name: 'v', shape: [2] }]);
    const [first, second] = ofKind(nodes, 'ReadVariableOp');
    const [update] = ofKind(nodes, 'AssignAddVariableOp');
    expect(update?.control).toEqual([first?.name]);
    expect(second?.control).toEqual([update?.name]);
  });

  it('has something to fetch even without outputs', () => {
    const builder = new ProgramBuilder('test', [{ name: 'v', shape: [2] }]);
    builder.add({ kind: 'clearVariable', variable: 'v' }, []);
    const { emitted, nodes } = emit(builder.build(), [{ name: 'v', shape: [2] }]);
    expect([...emitted.fetches]).toEqual([['', 'test/done']]);
    expect(ancestors(nodes, 'test/done')).toContain(ofKind(nodes, 'AssignVariableOp')[0]?.name);
  });

  it('casts and splits all weights at once where images are held in lower precision', () => {
    const { nodes } = emit(programs.accumulate, programs.variables, 'bfloat16');
    const reads = ofKind(nodes, 'ReadVariableOp').map(({ name }) => name);
    const casts = ofKind(nodes, 'Cast').filter(({ inputs }) => reads.includes(inputs[0]?.node ?? ''));
    expect(casts).toHaveLength(1);
    expect(ofKind(nodes, 'SplitV').filter(({ inputs }) => inputs[0]?.node === casts[0]?.name)).toHaveLength(1);
  });

  it('holds images in the image type, sums, statistics and the classifier in float32', () => {
    const { nodes } = emit(programs.accumulate, programs.variables, 'bfloat16');
    const typesOf = (op: string) => new Set(ofKind(nodes, op).map(({ attributes }) => JSON.stringify(attributes['T'])));
    for (const op of ['Conv2D', 'Conv2DBackpropFilter', 'Relu', 'ReluGrad', 'FusedBatchNormV3']) {
      expect([...typesOf(op)], op).toEqual(['{"type":"bfloat16"}']);
    }
    for (const op of ['MatMul', 'Mean', 'Sum', 'SoftmaxCrossEntropyWithLogits']) {
      expect([...typesOf(op)], op).toEqual(['{"type":"float32"}']);
    }
  });

  it('casts nothing but pixels in f32', () => {
    const { nodes } = emit(programs.accumulate, programs.variables);
    expect(ofKind(nodes, 'Cast').map(({ inputs }) => inputs[0]?.node)).toEqual(['test/input/images']);
  });

  it('takes the gradient of a batch norm only with the forward pass that it belongs to', () => {
    const builder = new ProgramBuilder('test');
    const x = builder.input('x', { shape: [2, 3, 3, 4], dtype: 'float32' });
    const vector = builder.constant(1, 2, 3, 4);
    builder.add({ kind: 'batchNormGradient' }, [x, x, vector, vector, vector]);
    expect(() => emit(builder.build(), [])).toThrow('expected the mean and deviation of one batchNormTrain');
  });

  it('refuses a variable that the session does not have', () => {
    expect(() => emit(programs.evaluate, [])).toThrow('no variable');
  });
});
