import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPack } from '../../src/data/pack/open.js';
import type { PackedDataset } from '../../src/data/types.js';
import { OutOfMemoryError } from '../../src/engine/engine.js';
import { parseRecipe } from '../../src/training/recipe.js';
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

/** Opens a run on an engine that holds no more than `room` images, makes a step and gives the sizes of the runs. */
async function stepWith(room: number) {
  const sizes: number[] = [];
  const engine = stubEngine(({ program, feeds }) => {
    if (program !== 'accumulate') return;
    const images = (feeds['images']?.length ?? 0) / (16 * 16 * 3);
    sizes.push(images);
    if (images > room) throw new OutOfMemoryError('OOM when allocating tensor');
  });
  const images = { subset: 1, useValidation: false, seed: 'seed' };
  const run = await openRun({ engine, pack, resolution: 16, recipe, threads: 1, seed: 's', images, checkpoint: null });
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    await run.trainer.step(stepScalars(recipe, 0.1, 0));
    return { sizes, run };
  } finally {
    told.mockRestore();
    await run.trainer.dispose();
  }
}

describe('a run', () => {
  it('expects what its plan says: the activations of the batch and all variables', async () => {
    const { sizes, run } = await stepWith(16);
    const { plan, expectedBytes } = run;
    const numbers = plan.programs.variables.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(sizes).toEqual([16]);
    expect(expectedBytes).toBe(16 * plan.activationBytesPerImage + 4 * numbers);
  });

  it('whose first step runs out of memory makes it again with half the activations of that step', async () => {
    expect((await stepWith(8)).sizes).toEqual([16, 8, 8]);
  });
});
