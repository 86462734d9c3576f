import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPack } from '../../src/data/pack/open.js';
import type { PackedDataset } from '../../src/data/types.js';
import type { Engine } from '../../src/engine/engine.js';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../src/training/checkpoint.js';
import { train } from '../../src/training/loop.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { openRun, type Run } from '../../src/training/run.js';
import { findEngine, isRequired } from '../engine/available.js';
import { tinyPack } from '../trial/tiny-pack.js';

const folder = mkdtempSync(join(tmpdir(), 'resume-'));
afterAll(() => rmSync(folder, { recursive: true }));

let pack: PackedDataset;
beforeAll(async () => {
  pack = openPack(await tinyPack(folder));
});

const batchSize = 24;
const totalSteps = 8;
const recipe = parseRecipe({
  'network.width': 8,
  'network.stages': 2,
  'optimizer.batchSize': batchSize,
  'optimizer.learningRate': 1,
  'optimizer.clip': 0.5,
  'average.tail': 0.7,
  'regularisation.dropout': 0.3,
  'regularisation.dropPath': 0.3,
});

const open = (engine: Engine, checkpoint: Checkpoint | null): Promise<Run> =>
  openRun({
    engine,
    pack,
    resolution: 16,
    recipe,
    threads: 1,
    seed: 'weights',
    images: { subset: 1, resample: false, classes: 1, useValidation: false, seed: 'order' },
    checkpoint,
  });

/** Trains a run to step `until` of a schedule over all steps, whose seconds are those of the steps. */
async function trainTo(run: Run, from: number, until: number): Promise<Checkpoint> {
  let seconds = 0;
  const { steps } = await train({
    trainer: {
      step: async (scalars) => {
        seconds += 1;
        return run.trainer.step(scalars);
      },
    },
    recipe,
    step: from,
    warmUpStep: false,
    fraction: (used) => used.seconds / (until - from),
    factor: (fraction) => 1 - (from + fraction * (until - from)) / totalSteps,
    now: () => seconds,
    observer: {},
  });
  expect(steps).toBe(until - from);
  return run.snapshot({ step: until, images: until * batchSize, resource: until });
}

const places = [
  { name: 'wasm', precision: 'f32' },
  { name: 'native-cpu', precision: 'f32' },
  { name: 'native-cpu', precision: 'bf16' },
] as const;

for (const { name, precision } of places) {
  const engine = await findEngine(name, precision);
  describe(`a run on ${name} in ${precision}`, () => {
    if (typeof engine === 'string') {
      it(`is not run here: ${engine}`, () => {
        expect(isRequired(name, precision)).toBe(false);
      });
      return;
    }

    it('that goes on from a checkpoint on disk is the uninterrupted one, bit for bit', async () => {
      const whole = await open(engine, null);
      const [half, end] = [await trainTo(whole, 0, 3), await trainTo(whole, 3, totalSteps)];
      await whole.trainer.dispose();

      const first = await open(engine, null);
      const path = join(folder, `${name}-${precision}.checkpoint`);
      writeCheckpoint(path, await trainTo(first, 0, 3));
      await first.trainer.dispose();

      const checkpoint = readCheckpoint(path);
      expect(checkpoint).toEqual(half);
      const second = await open(engine, checkpoint);
      expect(second.start).toEqual({ step: 3, images: 3 * batchSize, resource: 3 });
      expect(await trainTo(second, second.start.step, totalSteps)).toEqual(end);
      await second.trainer.dispose();

      // What is compared moves: momentum and the order of the images count.
      for (const [index, { name: variable, values }] of end.variables.entries()) {
        expect(values, variable).not.toEqual(half.variables[index]?.values);
      }
    });
  });
}
