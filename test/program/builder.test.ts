import { describe, expect, it } from 'vitest';
import { ProgramBuilder } from '../../src/program/builder.js';
import type { VariableSpec } from '../../src/program/types.js';
import { evaluateProgram } from './reference.js';

const variables: readonly VariableSpec[] = [
  { name: 'v', shape: [2] },
  { name: 'w', shape: [2] },
];

describe('ProgramBuilder', () => {
  it('reads a variable once between two updates', () => {
    const builder = new ProgramBuilder('test', variables);
    const first = builder.read('v');
    expect(builder.read('v')).toEqual(first);
    builder.add({ kind: 'assignAdd', variable: 'w' }, [first]);
    expect(builder.read('v')).toEqual(first);
    builder.add({ kind: 'assignAdd', variable: 'v' }, [first]);
    expect(builder.read('v')).not.toEqual(first);
  });

  it('orders an update after the read before it and a read after the update before it', () => {
    const builder = new ProgramBuilder('test', variables);
    const old = builder.read('v');
    builder.add({ kind: 'clearVariable', variable: 'v' }, []);
    const update = builder.nodes.length - 1;
    const fresh = builder.read('v');
    builder.add({ kind: 'assignAdd', variable: 'v' }, [builder.constant(1, 1)]);
    expect(builder.nodes[update]?.after).toEqual([old.node]);
    expect(builder.nodes[fresh.node]?.after).toEqual([update]);
    expect(builder.nodes.at(-1)?.after).toEqual([update, fresh.node]);
  });

  it('orders both variables that an optimiser step changes', () => {
    const builder = new ProgramBuilder('test', variables);
    const [v, w, one] = [builder.read('v'), builder.read('w'), builder.constant(1)];
    builder.add({ kind: 'applyNesterov', variable: 'v', slot: 'w' }, [builder.constant(1, 1), one, one]);
    expect(builder.nodes.at(-1)?.after).toEqual([v.node, w.node]);
    expect(builder.nodes[builder.read('w').node]?.after).toEqual([v.node + 4]);
  });

  it('keeps a value that was read before an update', () => {
    const builder = new ProgramBuilder('test', variables);
    builder.output('old', builder.read('v'));
    builder.add({ kind: 'assignAdd', variable: 'v' }, [builder.constant(10, 20)]);
    builder.output('new', builder.read('v'));
    const outputs = evaluateProgram(builder.build(), {}, new Map([['v', Float64Array.of(1, 2)]]));
    expect(outputs).toEqual({ old: Float64Array.of(1, 2), new: Float64Array.of(11, 22) });
  });

  it('keeps ordering edges that the caller asks for, except where a value flows anyway', () => {
    const builder = new ProgramBuilder('test');
    const [a, b] = [builder.constant(1), builder.constant(2)];
    builder.add({ kind: 'square' }, [a], [a.node, b.node, b.node]);
    expect(builder.nodes.at(-1)?.after).toEqual([b.node]);
    expect(() => builder.add({ kind: 'square' }, [a], [9])).toThrow('order after a later node');
  });

  it('does not spend a node on a shape that stays or on a single vector', () => {
    const builder = new ProgramBuilder('test');
    const x = builder.constant(1, 2);
    expect(builder.reshape(x, [2])).toBe(x);
    expect(builder.concat([x])).toBe(x);
    expect(builder.nodes).toHaveLength(1);
  });

  it('collects inputs and outputs by name and refuses a name twice', () => {
    const builder = new ProgramBuilder('test');
    const type = { shape: [-1, 3], dtype: 'float32' } as const;
    const x = builder.input('x', type);
    builder.output('y', x);
    expect(builder.build()).toMatchObject({ name: 'test', inputs: { x: type }, outputs: { y: x } });
    expect(() => builder.input('x', type)).toThrow('two inputs named x');
    expect(() => builder.output('y', x)).toThrow('two outputs named y');
  });

  it('refuses unknown variables, wrong shapes of an update and values that are not there', () => {
    const builder = new ProgramBuilder('test', variables);
    expect(() => builder.read('u')).toThrow('program test: no variable u');
    const wrong = builder.constant(1, 2, 3);
    expect(() => builder.add({ kind: 'assignVariable', variable: 'v' }, [wrong])).toThrow(
      'expected [2] for variable v, got [3]',
    );
    expect(() => builder.one({ kind: 'relu' }, [{ node: 0, output: 1 }])).toThrow('node 0 has no output 1');
    expect(() => builder.add({ kind: 'input', name: 'x' }, [])).toThrow('declare inputs with input()');
  });
});
