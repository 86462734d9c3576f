import { describe, expect, it } from 'vitest';
import type { NetworkDescription, UpdateRule } from '../../src/network/describe.js';
import { writtenVariables } from '../../src/program/builder.js';
import { leanerPrograms } from '../../src/program/leaner.js';
import { hasBatch, partName, partsFor, sideBySide } from '../../src/program/side-by-side.js';
import type { Program } from '../../src/program/types.js';
import { copyOf, randomImages, randomTargets, startingPoint, tiny } from '../network/fixtures.js';
import { evaluateProgram, type Variables } from './reference.js';

type Feeds = Readonly<Record<string, Float32Array | Uint8Array>>;

const networks: readonly (readonly [string, Partial<NetworkDescription>, Partial<UpdateRule>])[] = [
  ['residual', { family: 'residual' }, {}],
  ['bottlenecks, blurred and weighted', { block: 'bottleneck', blur: true, squeezeExcite: 1 }, {}],
  ['mobile', { family: 'mobile', squeezeExcite: 1 }, {}],
  ['with masks', { dropout: true, dropPath: true }, { clips: true }],
];

/** Images of each part. */
const sizes = [3, 2, 4];

function feedsOf(program: Program, count: number, seed: string): Feeds {
  const known: Feeds = { images: randomImages(count, 6, seed), targets: randomTargets(count, 3, seed) };
  return Object.fromEntries(
    Object.entries(program.inputs).map(([name, type]) => {
      const row = type.shape.slice(1).reduce((product, side) => product * side, 1);
      const mask = Float32Array.from({ length: count * row }, (_, index) => (index % 3 === 1 ? 0 : 1.5));
      return [name, known[name] ?? (hasBatch(type) ? mask : Float32Array.of(0.5))];
    }),
  );
}

const close = (a: Variables, b: Variables) => {
  for (const [name, values] of a) {
    const other = b.get(name) ?? new Float64Array();
    expect(values).toHaveLength(other.length);
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
    for (const [index, value] of values.entries()) {
      expect(Math.abs(value - (other[index] ?? Number.NaN)) / scale, `${name}[${index}]`).toBeLessThan(1e-12);
    }
  }
};

describe('programs side by side', () => {
  for (const [title, description, rule] of networks) {
    const network = tiny(description, rule);
    const { programs } = network;

    it.each(['accumulate', 'evaluate'] as const)(
      `do what runs on one part after the other do: ${title}, %s`,
      (name) => {
        const program = programs[name];
        const before = startingPoint(network, 'seed');
        const [apart, together] = [copyOf(before), copyOf(before)];
        const feeds = sizes.map((count, part) => feedsOf(program, count, `part ${part}`));
        const outputs = feeds.map((each) => evaluateProgram(program, each, apart));
        const divided = sideBySide(program, programs.variables, sizes.length);
        const all = Object.fromEntries(
          feeds.flatMap((each, part) =>
            Object.entries(each).map(([key, values]) => {
              const type = program.inputs[key];
              return [type && hasBatch(type) ? partName(key, part) : key, values];
            }),
          ),
        );
        const results = evaluateProgram(divided, all, together);
        expect(Object.keys(divided.inputs).sort()).toEqual(Object.keys(all).sort());
        for (const [part, each] of outputs.entries()) {
          for (const [key, values] of Object.entries(each)) expect(results[partName(key, part)]).toEqual(values);
        }
        close(apart, together);
      },
    );
  }

  it('do the same where activations are computed again', () => {
    const network = tiny({ blocks: 2 });
    const { accumulate, variables } = network.programs;
    const before = startingPoint(network, 'seed');
    const feeds = feedsOf(accumulate, 2, 'images');
    const twice = copyOf(before);
    for (let run = 0; run < 2; run++) evaluateProgram(accumulate, feeds, twice);
    const lean = [...leanerPrograms(accumulate)];
    expect(lean.length).toBeGreaterThan(0);
    for (const program of lean) {
      const together = copyOf(before);
      const { images, targets, ...rest } = feeds;
      const parts = [0, 1].flatMap((part) => [
        [partName('images', part), images],
        [partName('targets', part), targets],
      ]);
      evaluateProgram(sideBySide(program, variables, 2), { ...rest, ...Object.fromEntries(parts) }, together);
      close(twice, together);
    }
  });

  it('share what does not depend on the batch, and change variables in the order of the parts', () => {
    const { accumulate, variables } = tiny().programs;
    const divided = sideBySide(accumulate, variables, 3);
    const reads = divided.nodes.filter(
      ({ operation }) => operation.kind === 'readVariable' && operation.variable === 'weights',
    );
    expect(reads).toHaveLength(1);
    const updates = divided.nodes.filter(({ operation }) => writtenVariables(operation).includes('weights.gradient'));
    const own = accumulate.nodes.filter(({ operation }) => writtenVariables(operation).includes('weights.gradient'));
    expect(updates).toHaveLength(3 * own.length);
    for (const [place, { after }] of updates.entries()) {
      const before = updates[place - 1];
      if (before !== undefined) expect(after).toContain(before.id);
    }
  });
});

describe('the parts of a batch', () => {
  it.each([
    ['as many as threads', 4, 64, 4],
    ['one on one thread', 1, 64, 1],
    ['of sixteen images at least', 4, 50, 3],
    ['one where the batch is too small for two', 4, 31, 1],
    ['eight at most', 32, 256, 8],
  ])('are %s', (_, threads, batchSize, parts) => {
    expect(partsFor(threads, batchSize)).toBe(parts);
  });
});
