import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPack } from '../../src/data/pack/open.js';
import type { PackedDataset } from '../../src/data/types.js';
import { OutOfMemoryError } from '../../src/engine/engine.js';
import { elements } from '../../src/program/geometry.js';
import { activationLimitBytes } from '../../src/training/memory-limit.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { planNetwork } from '../../src/training/replica-setup.js';
import { openRun } from '../../src/training/run.js';
import { stepScalars } from '../../src/training/step-scalars.js';
import { stubEngine } from '../trial/stub.js';
import { tinyPack } from '../trial/tiny-pack.js';

const folder = mkdtempSync(join(tmpdir(), 'run-'));
afterAll(() => rmSync(folder, { recursive: true }));

let pack: PackedDataset;
beforeAll(async () => {
  pack = openPack(await tinyPack(folder));
});

const recipe = parseRecipe({ 'network.width': 4, 'network.stages': 2, 'optimizer.batchSize': 16 });

/** Opens a run on an engine that holds no more than `room` images, makes a step and gives the sizes of the runs and of their programs. */
async function stepWith(room: number, name = 'stub', used = recipe, memoryShare = 1) {
  const sizes: number[] = [];
  const nodes: number[] = [];
  const heard: string[] = [];
  const stub = stubEngine(({ program, programs, feeds }) => {
    if (program !== 'accumulate') return;
    nodes.push(programs.accumulate.nodes.length);
    const images = (feeds['images']?.length ?? 0) / (16 * 16 * 3);
    sizes.push(images);
    if (images > room) throw new OutOfMemoryError('OOM when allocating tensor');
  });
  const engine = { ...stub, name };
  const images = { subset: 1, resample: false, classes: 1, useValidation: false, seed: 'seed' };
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const base = {
    engine,
    pack,
    resolution: 16,
    recipe: used,
    threads: 1,
    seed: 's',
    images,
    checkpoint: null,
    memoryShare,
  };
  const run = await openRun({ ...base, tell: (message) => heard.push(message) });
  try {
    const failure = await run.trainer.step(stepScalars(used, 0.1, 0, 0)).then(
      () => null,
      (error: unknown) => error,
    );
    return { sizes, nodes, run, heard, failure, told: told.mock.calls.map(([message]) => String(message)) };
  } finally {
    told.mockRestore();
    await run.trainer.dispose();
  }
}

/** The smallest pool on a GPU, to some KiB, that leaves so many bytes to activations. */
function poolFor(activationBytes: number, variableBytes: number): number {
  const engine = { name: 'webgpu', precision: 'f32' } as const;
  let pool = 0;
  do pool += 4096;
  while (
    activationLimitBytes(engine, variableBytes, { machineBytes: 1, share: 1, gpuPoolBytes: pool }) < activationBytes
  );
  return pool;
}

describe('a run', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('expects what its plan says: the activations of the batch and all variables', async () => {
    const { sizes, run } = await stepWith(16);
    const { plan, expectedBytes } = run;
    const numbers = plan.programs.variables.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(sizes).toEqual([16]);
    expect(expectedBytes).toBe(16 * plan.activationBytesPerImage + 4 * numbers);
  });

  it('computes its steps in the first way that fits into memory, tells so once, and expects what that way takes', async () => {
    const plan = planNetwork(recipe, 16, 2);
    const variableBytes = 4 * plan.programs.variables.reduce((sum, { shape }) => sum + elements(shape), 0);
    const steps = [...plan.steps()];
    expect(steps.length).toBeGreaterThan(1);
    for (const { programs, activationBytesPerImage, recomputes } of steps) {
      const bytes = 16 * activationBytesPerImage;
      vi.stubEnv('HYPERBUDGET_GPU_POOL_BYTES', String(poolFor(bytes, variableBytes)));
      const { sizes, nodes, run, told } = await stepWith(16, 'webgpu');
      expect({ sizes, nodes }).toEqual({ sizes: [16], nodes: [programs.accumulate.nodes.length] });
      expect(run.expectedBytes).toBe(bytes + variableBytes);
      expect(told).toHaveLength(recomputes ? 1 : 0);
    }
  });

  it('of images larger than any that is packed trains on enlarged ones', async () => {
    const sizes: number[] = [];
    const engine = stubEngine(({ program, feeds }) => {
      if (program === 'accumulate') sizes.push(feeds['images']?.length ?? 0);
    });
    const images = { subset: 1, resample: false, classes: 1, useValidation: false, seed: 'seed' };
    const larger = { ...recipe, 'evaluation.scale': 1.5 };
    const base = { engine, pack, resolution: 32, recipe: larger, threads: 1, seed: 's', images, checkpoint: null };
    const { trainer, sides } = await openRun(base);
    expect(sides).toMatchObject({ full: 32, training: [32], evaluation: 48 });
    await trainer.step(stepScalars(larger, 0.1, 0, 0));
    await trainer.dispose();
    expect(sizes).toEqual([16 * 32 * 32 * 3]);
  });

  it('whose first step runs out of memory makes it again with half the activations of that step', async () => {
    const { sizes, heard } = await stepWith(8);
    expect(sizes).toEqual([16, 8, 8]);
    expect(heard).toEqual([
      expect.stringMatching(/^the first step ran out of memory .* with 4\d % of the activations$/),
    ]);
  });

  it('with a share of the memory begins with that share of the micro-batch', async () => {
    expect((await stepWith(16, 'stub', recipe, 0.5)).sizes).toEqual([8, 8]);
    expect((await stepWith(16, 'stub', recipe, 0.25)).sizes).toEqual([4, 4, 4, 4]);
  });

  it('of one image is computed again in the leanest way, and not at all where that was the first', async () => {
    const single = { ...recipe, 'optimizer.batchSize': 1 };
    const { sizes, nodes, heard, failure } = await stepWith(0, 'stub', single);
    expect({ sizes, failure }).toEqual({ sizes: [1, 1], failure: expect.any(OutOfMemoryError) });
    const leanest = [...planNetwork(recipe, 16, 2).steps()].sort(
      (a, b) => a.activationBytesPerImage - b.activationBytesPerImage,
    )[0];
    expect(nodes[1]).toBe(leanest?.programs.accumulate.nodes.length);
    expect(heard).toHaveLength(1);
    vi.stubEnv('HYPERBUDGET_GPU_POOL_BYTES', '1');
    const lean = await stepWith(0, 'webgpu', single);
    expect(lean.sizes).toEqual([1]);
    expect(lean.failure).toBeInstanceOf(OutOfMemoryError);
    expect(lean.heard).toEqual([]);
  });
});
