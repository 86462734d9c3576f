import { beforeAll, describe, expect, it } from 'vitest';
import type { BatchPosition } from '../../src/data/batches.js';
import { smoothedTargets } from '../../src/data/targets.js';
import type { Engine } from '../../src/engine/engine.js';
import { createWasmEngine } from '../../src/engine/kernels/wasm.js';
import { describeNetwork, type OptimizerKind, optimizerKinds } from '../../src/network/describe.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.js';
import { train } from '../../src/training/loop.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { type Batch, type BatchSource, Replica } from '../../src/training/replica.js';
import { ReplicaTeam } from '../../src/training/replicas.js';

const [side, classes, batchSize] = [8, 3, 8];
const imageBytes = side * side * 3;

let engine: Engine;
beforeAll(async () => {
  engine = await createWasmEngine();
});

/** Every image is noise around the brightness of its class. */
class BrightnessBatches implements BatchSource {
  private position = 0;

  next(): Batch {
    const labels = Int32Array.from({ length: batchSize }, (_, image) => (this.position + image) % classes);
    const images = Uint8Array.from({ length: batchSize * imageBytes }, (_, index) => {
      const image = this.position + Math.floor(index / imageBytes);
      return 60 * (image % classes) + ((image * 7919 + index * 104729) % 100);
    });
    this.position += batchSize;
    return { images, labels, mixed: null, count: batchSize };
  }

  state(): BatchPosition {
    return { epoch: 0, position: this.position };
  }

  restore({ position }: BatchPosition): void {
    this.position = position;
  }
}

const description = {
  family: 'residual',
  width: 4,
  blocks: 1,
  stages: 2,
  stem: 'small',
  resolution: side,
  classes,
} as const;

async function begin(kind: OptimizerKind) {
  const { programs, initialValues } = describeNetwork(description, { optimizer: kind });
  const session = await engine.load(programs);
  for (const [name, values] of initialValues('seed')) session.write(name, values);
  const batches = new BrightnessBatches();
  const replica = new Replica({
    session,
    precision: engine.precision,
    programs,
    batches,
    targets: (labels) => smoothedTargets(labels, classes, 0),
    sides: [side],
    partSize: batchSize,
    classes,
    maxImages: batchSize,
    now: () => 0,
    tell: () => undefined,
  });
  const local = {
    replica,
    infer: async () => new Float32Array(),
    recalibrate: async () => undefined,
    close: () => session.dispose(),
  };
  return { programs, session, batches, trainer: new ReplicaTeam(local, [], new Float32Array()) };
}

/** Rates that suit so small a network and batch. */
const learningRates = { nesterov: 2, adamw: 0.1, muon: 0.3 } as const;

const recipeOf = (kind: OptimizerKind) =>
  parseRecipe({
    'optimizer.kind': kind,
    'optimizer.batchSize': batchSize,
    'optimizer.learningRate': learningRates[kind],
    'optimizer.beta2': 0.99,
  });

/** Trains from update `from` to update `to` of 60 and gives the mean loss of each step. */
async function go(trainer: ReplicaTeam, kind: OptimizerKind, from: number, to: number): Promise<readonly number[]> {
  const losses: number[] = [];
  let clock = 0;
  await train({
    trainer,
    recipe: recipeOf(kind),
    step: from,
    warmUpStep: false,
    fraction: ({ images }) => images / ((to - from) * batchSize),
    factor: (fraction) => 1 - (from + fraction * (to - from)) / 60,
    now: () => clock++,
    observer: { progress: ({ loss }) => losses.push(loss) },
  });
  return losses;
}

describe.each(optimizerKinds)('training with %s', (kind) => {
  it('lowers the loss', async () => {
    const { trainer } = await begin(kind);
    const losses = await go(trainer, kind, 0, 60);
    expect(losses[0]).toBeCloseTo(Math.log(classes), 1);
    expect(losses.at(-1)).toBeLessThan(0.5);
    await trainer.dispose();
  });

  it('goes on from a checkpoint as if it had not been interrupted, bit for bit', async () => {
    const whole = await begin(kind);
    await go(whole.trainer, kind, 0, 12);
    await go(whole.trainer, kind, 12, 20);

    const first = await begin(kind);
    await go(first.trainer, kind, 0, 12);
    const kept = first.programs.variables.filter(({ name }) => !first.programs.gradients.includes(name));
    const variables = await Promise.all(
      kept.map(async ({ name, shape }) => ({ name, shape, values: await first.session.read(name) })),
    );
    const bytes = encodeCheckpoint({
      variables,
      recipe: recipeOf(kind),
      resolution: side,
      classes: ['a', 'b', 'c'],
      engine: engine.name,
      position: { step: 12, images: 12 * batchSize, resource: 1 },
      within: null,
      rung: null,
      learningRateFactor: 1,
      beganAtSeconds: null,
      trainingLoss: null,
      batches: { stream: 's', ...first.batches.state() },
    });
    await first.trainer.dispose();

    const checkpoint = decodeCheckpoint(Buffer.concat(bytes));
    const second = await begin(kind);
    for (const { name, values } of checkpoint.variables) second.session.write(name, values);
    second.batches.restore(checkpoint.batches);
    await go(second.trainer, kind, checkpoint.position.step, 20);
    for (const { name } of kept) expect(await second.session.read(name), name).toEqual(await whole.session.read(name));
    await second.trainer.dispose();
    await whole.trainer.dispose();
  });
});
