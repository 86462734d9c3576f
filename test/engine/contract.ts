import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Engine, Feed, Session } from '../../src/engine/engine.js';
import { describeNetwork, type NetworkDescription } from '../../src/network/describe.js';
import { extent } from '../../src/program/geometry.js';
import type { Padding } from '../../src/program/operation.js';
import type { Program } from '../../src/program/types.js';
import { evaluateProgram } from '../program/reference.js';
import { randomTensor } from './kernels/operation-cases.js';
import { maxPoolCases, operationCases } from './kernels/operation-table.js';
import { distance, expectReference, programOf, programOver } from './programs.js';

const side = 8;
const classes = 3;
const batch = 12;

const smallDescription = {
  family: 'residual',
  width: 4,
  blocks: 1,
  stages: 2,
  stem: 'small',
  resolution: side,
  classes,
} as const;

/** A small residual network, and a batch of noise whose brightness tells the class. */
export const smallNetwork = describeNetwork(smallDescription);

/** Networks that hold the other layers. */
export const otherNetworks = [
  { name: 'bottlenecks, blurred and weighted', network: { block: 'bottleneck', blur: true, squeezeExcite: 1 } },
  { name: 'a mobile network, weighted', network: { family: 'mobile', squeezeExcite: 1 } },
].map(({ name, network }) => ({
  name,
  plan: describeNetwork({ ...smallDescription, ...network } as NetworkDescription),
}));

const noisyNetwork = describeNetwork(
  { ...smallDescription, dropout: true, dropPath: true },
  { clips: true, biasRate: 4, averagesTail: true },
);
const imageNumbers = side * side * 3;

function imagesOf(count: number): Uint8Array {
  const noise = randomTensor([count * imageNumbers], 1).values;
  return Uint8Array.from(noise, (value, i) => 100 + 60 * value + 20 * (Math.floor(i / imageNumbers) % classes));
}

const targetsOf = (count: number) =>
  Float32Array.from({ length: count * classes }, (_, i) => (i % classes === Math.floor(i / classes) % classes ? 1 : 0));

const [images, targets] = [imagesOf(batch), targetsOf(batch)];

const scalars: Readonly<Record<string, number>> = {
  learningRate: 0.05,
  momentum: 0.9,
  weightDecay: 5e-4,
  gradientScale: 1 / batch,
  averageRate: 0.1,
  clip: 0.2,
};

/** Feeds for a program of the small network; scalars that are not named above are 1. */
function feedsOf(program: Program): Readonly<Record<string, Feed>> {
  const known: Readonly<Record<string, Feed>> = { images, targets };
  return Object.fromEntries(
    Object.keys(program.inputs).map((name) => [name, known[name] ?? Float32Array.of(scalars[name] ?? 1)]),
  );
}

/** Feeds for a program of the small network on another batch, or on those of its images that are in [begin, end). */
export function feedsFor(program: Program, count: number, [begin, end] = [0, count]): Readonly<Record<string, Feed>> {
  const known: Readonly<Record<string, Feed>> = {
    images: imagesOf(count).subarray(begin * imageNumbers, end * imageNumbers),
    targets: targetsOf(count).subarray(begin * classes, end * classes),
    gradientScale: Float32Array.of(1 / count),
  };
  return Object.fromEntries(
    Object.keys(program.inputs).map((name) => [name, known[name] ?? Float32Array.of(scalars[name] ?? 1)]),
  );
}

const { accumulate, apply, evaluate } = smallNetwork.programs;

async function start(engine: Engine, network = smallNetwork): Promise<Session> {
  const session = await engine.load(network.programs);
  for (const [name, values] of network.initialValues('seed')) session.write(name, values);
  return session;
}

/** @returns the mean loss before the step. */
async function step(session: Session): Promise<number> {
  const { loss } = await session.run('accumulate', feedsOf(accumulate));
  await session.run('apply', feedsOf(apply));
  return (loss?.[0] ?? Number.NaN) / batch;
}

/** Mean losses of `steps` steps of a network on the reference evaluator. */
export function referenceLosses(steps: number, network = smallNetwork): readonly number[] {
  const variables = new Map(
    [...network.initialValues('seed')].map(([name, values]) => [name, Float64Array.from(values)]),
  );
  const { programs } = network;
  return Array.from({ length: steps }, () => {
    const { loss } = evaluateProgram(programs.accumulate, feedsOf(programs.accumulate), variables);
    evaluateProgram(programs.apply, feedsOf(programs.apply), variables);
    return (loss?.[0] ?? Number.NaN) / batch;
  });
}

export async function lossesOn(engine: Engine, steps: number, network = smallNetwork): Promise<readonly number[]> {
  const session = await start(engine, network);
  const losses: number[] = [];
  for (let i = 0; i < steps; i += 1) losses.push(await step(session));
  session.dispose();
  return losses;
}

/** Classes' scores of the averaged weights after `steps` steps, on an engine and on the reference evaluator. */
export async function logitsOn(engine: Engine, steps: number, network: typeof smallNetwork) {
  const { programs } = network;
  const session = await start(engine, network);
  for (let i = 0; i < steps; i += 1) await step(session);
  const { logits = new Float32Array() } = await session.run('evaluate', feedsOf(programs.evaluate));
  const variables = new Map<string, Float64Array>();
  for (const { name } of programs.variables) variables.set(name, Float64Array.from(await session.read(name)));
  session.dispose();
  const expected = evaluateProgram(programs.evaluate, feedsOf(programs.evaluate), variables)['logits'] ?? [];
  return { logits, expected };
}

const convolutions = fc
  .record({
    batch: fc.integer({ min: 1, max: 5 }),
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    inputs: fc.constantFrom(1, 3, 4, 12),
    outputs: fc.constantFrom(2, 8, 11),
    size: fc.constantFrom(1, 2, 3, 5),
    stride: fc.constantFrom(1, 2, 3),
    padding: fc.constantFrom<Padding>('same', 'valid'),
  })
  .filter(({ padding, size, height, width }) => padding === 'same' || (height >= size && width >= size));

/** A depthwise convolution of given images, and its gradients. */
function depthwiseProgram([batch, height, width, channels]: readonly [number, number, number, number], stride: number) {
  const x = randomTensor([batch, height, width, channels], 1);
  const filter = randomTensor([3, 3, channels], 2);
  const sides = [height, width].map((side) => extent(side, 3, stride, 'same').outputs);
  return programOver(
    [x, filter, randomTensor([batch, ...sides, channels], 3)],
    (builder, [image, kernel, gradient]) => {
      if (image === undefined || kernel === undefined || gradient === undefined) throw new Error('too few inputs');
      return [
        builder.one({ kind: 'depthwiseConv2d', stride }, [image, kernel]),
        builder.one({ kind: 'depthwiseConv2dInputGradient', stride }, [gradient, kernel, image]),
        builder.one({ kind: 'depthwiseConv2dFilterGradient', stride }, [gradient, image]),
      ];
    },
  );
}

export interface ContractOptions {
  /** Random convolutions to try. */
  readonly convolutions: number;
  /** Steps of training that are compared. */
  readonly steps: number;
  /** Whether the same steps give the same bits each time. */
  readonly deterministic: boolean;
  /** Largest difference of a convolution or product from the reference, as a part of the largest value; default 1e-4. */
  readonly rounding?: number;
  /** Names of operations that differ for a known reason. */
  readonly except?: readonly string[];
}

/** What every engine in f32 keeps; call it inside a `describe`. */
export function engineContract(create: () => Promise<Engine>, options: ContractOptions): void {
  const { rounding = 1e-4, except = [] } = options;
  let started: Promise<Engine> | null = null;
  const engineOf = () => {
    started ??= create();
    return started;
  };

  const kept = operationCases.filter(({ name }) => !except.includes(name));
  if (kept.length !== operationCases.length - except.length) throw new Error(`no such operations: ${except.join()}`);
  it.each(kept)('$name is the reference', async ({ operation, inputs }) => {
    await expectReference(await engineOf(), programOf(operation, inputs), rounding);
  });

  it.each(maxPoolCases)(
    'max pooling and its gradient are the reference: $window, [$x.shape]',
    async ({ window, x }) => {
      const sides = [x.shape[1] ?? 0, x.shape[2] ?? 0].map(
        (length) => extent(length, window.size, window.stride, window.padding).outputs,
      );
      const dy = randomTensor([x.shape[0] ?? 0, ...sides, x.shape[3] ?? 0], 4);
      const program = programOver([dy, x], (builder, [gradient, image]) => {
        if (gradient === undefined || image === undefined) throw new Error('too few inputs');
        const y = builder.one({ kind: 'maxPool', ...window }, [image]);
        return [y, builder.one({ kind: 'maxPoolGradient', ...window }, [gradient, image, y])];
      });
      await expectReference(await engineOf(), program, 1e-5);
    },
  );

  it('a convolution and its gradients are the reference for any shape, stride and padding', async () => {
    const engine = await engineOf();
    await fc.assert(
      fc.asyncProperty(convolutions, async (c) => {
        const { stride, padding } = c;
        const x = randomTensor([c.batch, c.height, c.width, c.inputs], 1);
        const filter = randomTensor([c.size, c.size, c.inputs, c.outputs], 2);
        const rows = extent(c.height, c.size, stride, padding).outputs;
        const columns = extent(c.width, c.size, stride, padding).outputs;
        const dy = randomTensor([c.batch, rows, columns, c.outputs], 3);
        const program = programOver([x, filter, dy], (builder, [image, kernel, gradient]) => {
          if (image === undefined || kernel === undefined || gradient === undefined) throw new Error('too few inputs');
          const filterShape = [c.size, c.size, c.inputs, c.outputs] as const;
          return [
            builder.one({ kind: 'conv2d', stride, padding }, [image, kernel]),
            builder.one({ kind: 'conv2dInputGradient', stride, padding }, [gradient, kernel, image]),
            builder.one({ kind: 'conv2dFilterGradient', stride, padding, filterShape }, [gradient, image]),
          ];
        });
        await expectReference(engine, program, rounding);
      }),
      { numRuns: options.convolutions, seed: 1 },
    );
  });

  it('a depthwise convolution and its gradients are the reference for any shape and stride', async () => {
    const engine = await engineOf();
    const side = fc.integer({ min: 1, max: 9 });
    const shapes = fc.tuple(fc.integer({ min: 1, max: 5 }), side, side, fc.constantFrom(1, 3, 4, 12));
    await fc.assert(
      fc.asyncProperty(shapes, fc.constantFrom(1, 2, 3), (shape, stride) =>
        expectReference(engine, depthwiseProgram(shape, stride), rounding),
      ),
      { numRuns: options.convolutions, seed: 1 },
    );
  });

  it('a training has the losses of the reference evaluator', async () => {
    const losses = await lossesOn(await engineOf(), options.steps);
    const expected = referenceLosses(options.steps);
    expect(expected.at(-1)).toBeLessThan(0.9 * (expected[0] ?? 0));
    for (const [index, loss] of losses.entries()) {
      expect(Math.abs(loss - (expected[index] ?? Number.NaN)), `step ${index}`).toBeLessThan(1e-3);
    }
  });

  it.each(otherNetworks)('a training has the losses of the reference evaluator: $name', async ({ plan }) => {
    const steps = Math.min(options.steps, 12);
    const losses = await lossesOn(await engineOf(), steps, plan);
    for (const [index, loss] of referenceLosses(steps, plan).entries()) {
      expect(Math.abs(loss - (losses[index] ?? Number.NaN)), `step ${index}`).toBeLessThan(1e-3);
    }
  });

  it.each(otherNetworks)('what has been trained classifies as on the reference evaluator: $name', async ({ plan }) => {
    const { logits, expected } = await logitsOn(await engineOf(), Math.min(options.steps, 12), plan);
    expect(logits).toHaveLength(expected.length);
    expect(distance(logits, expected)).toBeLessThan(1e-3);
  });

  it('after three steps every variable is the reference evaluator’s', async () => {
    const session = await start(await engineOf());
    const variables = new Map(
      [...smallNetwork.initialValues('seed')].map(([name, values]) => [name, Float64Array.from(values)]),
    );
    for (let i = 0; i < 3; i += 1) {
      await step(session);
      evaluateProgram(accumulate, feedsOf(accumulate), variables);
      evaluateProgram(apply, feedsOf(apply), variables);
    }
    for (const [name, expected] of variables) {
      expect(distance(await session.read(name), expected), name).toBeLessThan(2e-3);
    }
    session.dispose();
  });

  it('statistics of the averaged weights are the reference evaluator’s', async () => {
    const { programs, initialValues, recalibrate } = smallNetwork;
    const program = recalibrate();
    const otherSides = new Map([[side, { recalibrate: program }]]);
    const session = await (await engineOf()).load({ ...programs, otherSides });
    const variables = new Map<string, Float64Array>();
    for (const [name, values] of initialValues('seed')) {
      variables.set(name, Float64Array.from(values));
      session.write(name, values);
    }
    for (const rate of [1, 0.3]) {
      const feeds = { images: images.subarray(0, rate * images.length - ((rate * images.length) % imageNumbers)) };
      await session.run(`recalibrate.${side}`, { ...feeds, rate: Float32Array.of(rate) });
      evaluateProgram(program, { ...feeds, rate: [rate] }, variables);
    }
    for (const [name, expected] of variables) {
      expect(distance(await session.read(name), expected), name).toBeLessThan(2e-3);
    }
    session.dispose();
  });

  it('steps with masks, clipping and rates of their own for biases are the reference evaluator’s', async () => {
    const { programs, initialValues } = noisyNetwork;
    const session = await (await engineOf()).load(programs);
    const variables = new Map<string, Float64Array>();
    for (const [name, values] of initialValues('seed')) {
      // Scales that start at 0 would hide whole blocks.
      const moved = name.startsWith('norms') ? values.map((value) => value + 0.3) : values;
      variables.set(name, Float64Array.from(moved));
      session.write(name, moved);
    }
    const masks = Object.fromEntries(
      (programs.masks ?? []).map(({ name, perImage }) => [
        name,
        Float32Array.from({ length: batch * perImage }, (_, index) => (index % 3 === 1 ? 0 : 1.5)),
      ]),
    );
    expect(Object.keys(masks)).toHaveLength(3);
    const feeds = { ...feedsOf(programs.accumulate), ...masks };
    for (let i = 0; i < 3; i += 1) {
      await session.run('accumulate', feeds);
      await session.run('apply', feedsOf(programs.apply));
      evaluateProgram(programs.accumulate, feeds, variables);
      evaluateProgram(programs.apply, feedsOf(programs.apply), variables);
    }
    for (const [name, expected] of variables) {
      expect(distance(await session.read(name), expected), name).toBeLessThan(2e-3);
    }
    session.dispose();
  });

  if (options.deterministic) {
    it('a training taken up in another session goes on bit for bit', async () => {
      const engine = await engineOf();
      const [whole, first] = [await start(engine), await start(engine)];
      for (let i = 0; i < 6; i += 1) await step(whole);
      for (let i = 0; i < 3; i += 1) await step(first);
      const second = await engine.load(smallNetwork.programs);
      for (const { name } of smallNetwork.programs.variables) second.write(name, await first.read(name));
      for (let i = 0; i < 3; i += 1) await step(second);
      for (const { name } of smallNetwork.programs.variables) {
        expect(await second.read(name), name).toEqual(await whole.read(name));
      }
      for (const session of [whole, first, second]) session.dispose();
    });
  }

  it('a gradient that is not finite changes no weight and is told', async () => {
    const session = await start(await engineOf());
    await step(session);
    const names = smallNetwork.programs.variables.map(({ name }) => name);
    const before = new Map<string, Float32Array>();
    for (const name of names) before.set(name, await session.read(name));
    const gradient = await session.read('weights.gradient');
    session.write('weights.gradient', gradient.fill(Number.POSITIVE_INFINITY, 3, 4));
    expect((await session.run('apply', feedsOf(apply)))['finite']).toEqual(Float32Array.of(0));
    for (const name of ['weights', 'norms', 'weights.momentum', 'weights.gradient']) {
      expect(await session.read(name), name).toEqual(before.get(name));
    }
    session.dispose();
  });

  it('programs for images of other sides share the variables', async () => {
    const other = 12;
    const programs = describeNetwork({ ...smallDescription, resolution: other }).programs;
    const session = await (await engineOf()).load({
      ...smallNetwork.programs,
      otherSides: new Map([[other, programs]]),
    });
    const variables = new Map<string, Float64Array>();
    for (const [name, values] of smallNetwork.initialValues('seed')) {
      session.write(name, values);
      variables.set(name, Float64Array.from(values));
    }
    const larger = Uint8Array.from({ length: batch * other * other * 3 }, (_, i) => 60 + ((i * 37) % 130));
    const feeds = { ...feedsOf(accumulate), images: larger };
    for (let i = 0; i < 2; i += 1) {
      await step(session);
      evaluateProgram(accumulate, feedsOf(accumulate), variables);
      evaluateProgram(apply, feedsOf(apply), variables);
      await session.run(`accumulate.${other}`, feeds);
      evaluateProgram(programs.accumulate, feeds, variables);
      await session.run('apply', feedsOf(apply));
      evaluateProgram(apply, feedsOf(apply), variables);
    }
    for (const [name, expected] of variables) {
      expect(distance(await session.read(name), expected), name).toBeLessThan(2e-3);
    }
    const { logits = [] } = await session.run(`evaluate.${other}`, { images: larger });
    const { logits: expected = [] } = evaluateProgram(programs.evaluate, { images: larger }, variables);
    expect(logits).toHaveLength(batch * classes);
    expect(distance(logits, expected)).toBeLessThan(2e-3);
    await expect(session.run('evaluate.16', { images: larger })).rejects.toThrow('no program evaluate.16');
    session.dispose();
  });

  it('what is fed is checked before anything runs', async () => {
    const session = await start(await engineOf());
    const training = feedsOf(accumulate);
    const wrong = { ...feedsOf(apply), momentum: new Float32Array(2) };
    await expect(session.run('apply', wrong)).rejects.toThrow('input momentum: expected [1], got 2 values');
    const { images: _, ...without } = training;
    await expect(session.run('accumulate', without)).rejects.toThrow('input images: nothing fed');
    const short = { ...training, targets: targets.subarray(classes) };
    await expect(session.run('accumulate', short)).rejects.toThrow(`a batch of ${batch}, got ${batch - 1}`);
    await expect(session.run('evaluate', { images, targets })).rejects.toThrow('it has no input targets');
    await expect(session.run('evaluate', { images: Float32Array.from(images) })).rejects.toThrow('expected uint8');
    expect(await step(session)).toBeCloseTo(referenceLosses(1)[0] ?? Number.NaN, 4);
    session.dispose();
  });

  it('the batch is free from run to run', async () => {
    const session = await start(await engineOf());
    const all = (await session.run('evaluate', feedsOf(evaluate)))['logits'];
    const one = (await session.run('evaluate', { images: images.subarray(0, imageNumbers) }))['logits'];
    expect(all).toHaveLength(batch * classes);
    for (const [index, value] of one?.entries() ?? []) expect(value).toBeCloseTo(all?.[index] ?? Number.NaN, 5);
    session.dispose();
  });

  it('what is written is read, whatever happens to the written array later', async () => {
    const session = await start(await engineOf());
    const values = (await session.read('norms')).map((_, i) => i);
    for (let offset = 0; offset < 16; offset += 1) {
      // Any position in memory: an engine may keep arrays that lie well.
      const placed = new Float32Array(new ArrayBuffer(4 * (values.length + 16)), 4 * offset, values.length);
      placed.set(values);
      session.write('norms', placed);
      placed.fill(-1);
      expect(await session.read('norms')).toEqual(values);
    }
    expect(() => session.write('norms', new Float32Array(1))).toThrow('values, got 1');
    await expect(async () => session.read('nothing')).rejects.toThrow('no variable nothing');
    session.dispose();
  });
}
