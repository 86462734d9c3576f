import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeNetwork, type NetworkDescription } from '../../src/network/describe.js';
import { ProgramBuilder, writtenVariables } from '../../src/program/builder.js';
import { leanerPrograms } from '../../src/program/leaner.js';
import { planProgram } from '../../src/program/plan.js';
import { narrowNodes, recompute } from '../../src/program/recompute.js';
import type { Node, Program, ValueRef } from '../../src/program/types.js';
import { copyOf, randomImages, randomTargets, startingPoint, tiny, variable } from '../network/fixtures.js';
import { evaluateProgram } from './reference.js';

const networks: readonly Partial<NetworkDescription>[] = [
  { family: 'residual', blocks: 1 },
  { family: 'residual', blocks: 3, stem: 'large', resolution: 9 },
  { family: 'plain', blocks: 3, stem: 'medium' },
  { family: 'plain', blocks: 1, stages: 3, resolution: 8 },
  { family: 'residual', block: 'bottleneck', blur: true, squeezeExcite: 1 },
  { family: 'mobile', blocks: 2, squeezeExcite: 1 },
];

const description: fc.Arbitrary<NetworkDescription> = fc.record({
  family: fc.constantFrom('residual', 'plain', 'mobile'),
  block: fc.constantFrom('basic', 'bottleneck'),
  blur: fc.boolean(),
  squeezeExcite: fc.constantFrom<number | false>(false, 1),
  width: fc.constantFrom(4, 16),
  blocks: fc.integer({ min: 1, max: 4 }),
  stages: fc.integer({ min: 2, max: 4 }),
  stem: fc.constantFrom('small', 'medium', 'large', 'deep'),
  resolution: fc.integer({ min: 16, max: 64 }),
  classes: fc.constant(5),
});

const larger: readonly NetworkDescription[] = [
  { family: 'residual', width: 16, blocks: 1, stages: 4, stem: 'small', resolution: 28, classes: 10 },
  { family: 'residual', width: 16, blocks: 4, stages: 3, stem: 'medium', resolution: 64, classes: 10 },
  { family: 'residual', width: 64, blocks: 2, stages: 4, stem: 'large', resolution: 128, classes: 100 },
  { family: 'plain', width: 16, blocks: 3, stages: 4, stem: 'small', resolution: 32, classes: 10 },
  { family: 'plain', width: 32, blocks: 1, stages: 4, stem: 'medium', resolution: 96, classes: 10 },
  {
    ...{ family: 'residual', block: 'bottleneck', width: 64, blocks: [3, 4, 6, 3], stages: 4, stem: 'deep' },
    ...{ blur: true, squeezeExcite: 512, resolution: 128, classes: 100 },
  },
  { family: 'mobile', width: 16, blocks: 2, stages: 4, stem: 'medium', squeezeExcite: 64, resolution: 64, classes: 10 },
];

const leaner = (each: NetworkDescription) => [...leanerPrograms(describeNetwork(each).programs.accumulate)];

/** What a node must wait for. */
const dependencies = (node: Node): readonly number[] => [...node.inputs.map((value) => value.node), ...node.after];

/** The program with its nodes in another order. */
function reordered(program: Program, order: readonly Node[]): Program {
  const ids = new Map(order.map((node, id) => [node.id, id]));
  const idOf = (old: number): number => ids.get(old) ?? Number.NaN;
  const moved = ({ node, output }: ValueRef): ValueRef => ({ node: idOf(node), output });
  return {
    ...program,
    nodes: order.map((node, id) => ({ ...node, id, inputs: node.inputs.map(moved), after: node.after.map(idOf) })),
    outputs: Object.fromEntries(Object.entries(program.outputs).map(([name, value]) => [name, moved(value)])),
  };
}

/** The order of an engine that runs every node as soon as it can. */
function eager(program: Program): Program {
  const levels: number[] = [];
  for (const node of program.nodes) {
    levels.push(1 + Math.max(-1, ...dependencies(node).map((id) => levels[id] ?? 0)));
  }
  const order = program.nodes.toSorted((a, b) => (levels[a.id] ?? 0) - (levels[b.id] ?? 0) || a.id - b.id);
  return reordered(program, order);
}

/** The order of an engine that puts the gradients of filters off for as long as there is anything else to do. */
function dilatory(program: Program): Program {
  const isLast = ({ operation }: Node) => operation.kind === 'conv2dFilterGradient';
  const left = new Set(program.nodes);
  const done = new Set<number>();
  const order: Node[] = [];
  while (left.size > 0) {
    const ready = [...left].filter((node) => dependencies(node).every((id) => done.has(id)));
    const next = ready.find((node) => !isLast(node)) ?? ready[0];
    if (next === undefined) throw new Error('nodes wait for each other');
    left.delete(next);
    done.add(next.id);
    order.push(next);
  }
  return reordered(program, order);
}

const peakOf = (program: Program) => planProgram(program).peakBytesPerImage;

describe('a program that computes activations again', () => {
  it.each(networks)('gives the same loss and leaves the same variables: %o', (each) => {
    const network = tiny(each);
    const { accumulate } = network.programs;
    const side = accumulate.inputs['images']?.shape[1] ?? 0;
    const feeds = { images: randomImages(3, side, 'i'), targets: randomTargets(3, 3, 't'), lossScale: [8] };
    const start = startingPoint(network, 'start');
    const expected = copyOf(start);
    const outputs = evaluateProgram(accumulate, feeds, expected);
    const programs = [...leanerPrograms(accumulate)];
    expect(programs.length).toBeGreaterThan(0);
    for (const program of [...programs, recompute(accumulate, new Set()), recompute(accumulate, new Set([11]))]) {
      const variables = copyOf(start);
      expect(evaluateProgram(program, feeds, variables)).toEqual(outputs);
      for (const name of expected.keys()) expect(variable(variables, name), name).toEqual(variable(expected, name));
    }
  });

  it('has a lower peak', () => {
    fc.assert(
      fc.property(description, (each) => {
        let peak = peakOf(describeNetwork(each).programs.accumulate);
        const programs = leaner(each);
        expect(programs.length).toBeGreaterThan(0);
        for (const program of programs) {
          expect(peakOf(program)).toBeLessThan(peak);
          peak = peakOf(program);
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each(larger)('has a lower peak on an engine that has an order of its own: %o', (each) => {
    const { accumulate } = describeNetwork(each).programs;
    const programs = [accumulate, ...leanerPrograms(accumulate)];
    expect(programs).toHaveLength(3);
    for (const order of [eager, dilatory]) {
      const [kept = 0, cheap = 0, segments = 0] = programs.map((program) => peakOf(order(program)));
      expect(cheap).toBeLessThan(kept);
      expect(segments).toBeLessThan(cheap);
      expect(cheap).toBeLessThan(peakOf(accumulate));
    }
  });

  it('stands in a legal order and updates every variable as often as before', () => {
    fc.assert(
      fc.property(description, (each) => {
        const updates = ({ nodes }: Program) => nodes.flatMap(({ operation }) => writtenVariables(operation));
        const { accumulate } = describeNetwork(each).programs;
        for (const program of leaner(each)) {
          expect(updates(program)).toEqual(updates(accumulate));
          program.nodes.forEach((node, id) => {
            expect(node.id).toBe(id);
            for (const earlier of dependencies(node)) expect(earlier).toBeLessThan(id);
          });
        }
      }),
      { numRuns: 20 },
    );
  });

  it('computes nothing again before the gradient that needs it is there', () => {
    fc.assert(
      fc.property(description, (each) => {
        const { accumulate } = describeNetwork(each).programs;
        const turn = accumulate.outputs['loss']?.node ?? 0;
        for (const program of leaner(each)) {
          // The forward pass is copied node by node; what is forward by its kind and comes later is a second computation.
          const again = program.nodes.filter(
            ({ id, operation }) => id > turn && ['conv2d', 'batchNormTrain', 'relu', 'cast'].includes(operation.kind),
          );
          expect(again.length).toBeGreaterThan(0);
          const late = new Set<number>();
          for (const node of program.nodes) {
            const seed = node.inputs.some((value) => {
              const source = program.nodes[value.node]?.operation.kind;
              return source === 'softmaxCrossEntropy' && value.output === 1;
            });
            if (seed || dependencies(node).some((id) => late.has(id))) late.add(node.id);
          }
          for (const { id } of again) expect(late).toContain(id);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes the mean and the deviation of a batch norm from one node', () => {
    fc.assert(
      fc.property(description, (each) => {
        for (const { nodes } of leaner(each)) {
          const sources = nodes
            .filter(({ operation }) => operation.kind === 'batchNormGradient')
            .map(({ inputs }) => [inputs[3], inputs[4]]);
          expect(sources.length).toBeGreaterThan(0);
          for (const [mean, deviation] of sources) {
            expect([mean?.output, deviation?.output]).toEqual([1, 3]);
            expect(mean?.node).toBe(deviation?.node);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it('computes each activation at most once more, and none where all are kept', () => {
    const { accumulate } = tiny({ blocks: 2 }).programs;
    const everything = new Set(accumulate.nodes.map(({ id }) => id));
    expect(recompute(accumulate, everything)).toEqual(accumulate);
    const count = (program: Program, kind: string) =>
      program.nodes.filter(({ operation }) => operation.kind === kind).length;
    const nothing = recompute(accumulate, new Set());
    for (const kind of ['conv2d', 'batchNormTrain', 'relu']) {
      expect(count(nothing, kind)).toBeGreaterThan(count(accumulate, kind));
      expect(count(nothing, kind)).toBeLessThanOrEqual(2 * count(accumulate, kind));
    }
    for (const kind of ['slice', 'readVariable', 'input']) {
      expect(count(nothing, kind)).toBe(count(accumulate, kind));
    }
  });

  it('cannot be made without an output that ends the forward pass', () => {
    const builder = new ProgramBuilder('test');
    builder.output('y', builder.constant(1));
    expect(() => recompute(builder.build(), new Set())).toThrow(
      'program test: recomputation needs an output named loss',
    );
  });
});

describe('the narrow nodes of a forward pass', () => {
  it('are those that alone are used later', () => {
    const builder = new ProgramBuilder('test');
    const x = builder.input('x', { shape: [-1, 4], dtype: 'float32' });
    const one = (kind: 'relu' | 'square', of: ValueRef) => builder.one({ kind }, [of]);
    const narrow = one('relu', x);
    const [left, right] = [one('square', narrow), one('relu', narrow)];
    const sum = builder.one({ kind: 'add' }, [left, right]);
    const withInput = builder.one({ kind: 'add' }, [one('square', sum), x]);
    builder.output('loss', builder.one({ kind: 'reduceSum', axes: [0, 1] }, [withInput]));
    const program = builder.build();
    // The input is fed in any case: that it is used again at the end does not make the way there any wider.
    expect(narrowNodes(program)).toEqual([narrow.node, sum.node, sum.node + 1, withInput.node]);
    expect([left, right].map(({ node }) => narrowNodes(program).includes(node))).toEqual([false, false]);
  });
});
