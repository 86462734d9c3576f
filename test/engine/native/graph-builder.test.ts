import { describe, expect, it } from 'vitest';
import { GraphBuilder, outputOf } from '../../../src/engine/native/graph-builder.js';

const relu = { T: { type: 'float32' } } as const;

describe('the graph builder', () => {
  it('gives every node a name of its own', () => {
    const graph = new GraphBuilder();
    const x = graph.constant(Float32Array.of(1), [1]);
    const names = [x, graph.add('Relu', [x], relu, 'float32'), graph.add('Relu', [x], relu, 'float32')];
    expect(new Set(names.map(({ node }) => node)).size).toBe(3);
  });

  it.each(['7x', '_x', 'a,b', 'a:0', 'a b', ''])(
    'refuses the name %j, which the addon would read as something else',
    (name) => {
      expect(() => new GraphBuilder().add('Relu', [], relu, 'float32', { name })).toThrow('cannot be named');
    },
  );

  it('refuses a name twice', () => {
    const graph = new GraphBuilder();
    graph.add('Relu', [], relu, 'float32', { name: 'loss' });
    expect(() => graph.add('Relu', [], relu, 'float32', { name: 'loss' })).toThrow('cannot be named loss');
  });

  it('shares equal constants, but not those of another type or shape', () => {
    const graph = new GraphBuilder();
    expect(graph.integers(1, 2)).toBe(graph.integers(1, 2));
    const others = [graph.integers(1), graph.integer(1), graph.constant(Float32Array.of(1), [1])];
    expect(new Set(others.map(({ node }) => node)).size).toBe(3);
  });

  it('names further outputs by their index', () => {
    const graph = new GraphBuilder();
    const first = graph.add(
      'SplitV',
      [],
      { T: { type: 'float32' }, Tlen: { type: 'int32' }, num_split: { int: 2 } },
      'float32',
    );
    expect(outputOf(first, 1, 'float32')).toEqual({ node: first.node, index: 1, type: 'float32' });
  });
});
