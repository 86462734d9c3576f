import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openPack } from '../../src/data/pack/open.js';
import { writeCheckpoint } from '../../src/training/checkpoint.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { openRun } from '../../src/training/run.js';
import { runPredict } from '../../src/trial/predict.js';
import { stubContext } from './stub.js';
import { tinyPack } from './tiny-pack.js';

const folder = mkdtempSync(join(tmpdir(), 'predict-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a damaged checkpoint of the final run is told, and the one before it predicts', async () => {
  const data = await tinyPack(join(folder, 'final'));
  const { context, messages } = stubContext(0, 0.01);
  const recipe = parseRecipe({ 'network.width': 4, 'network.stages': 2, resolution: 16 });
  const base = { engine: context.engine, pack: openPack(data), resolution: 16, recipe, threads: 1, seed: 'seed' };
  const run = await openRun({ ...base, images: null, checkpoint: null });
  const checkpoint = join(folder, 'final.checkpoint');
  writeCheckpoint(join(folder, 'final.previous.checkpoint'), await run.snapshot({ step: 1, images: 16, resource: 1 }));
  writeFileSync(checkpoint, 'damaged');
  const predictions = join(folder, 'final-predictions.csv');
  const times = { sentAtSeconds: 0, killAtSeconds: 10 };
  const predict = {
    type: 'predict',
    memoryShare: 1,
    ...times,
    data,
    seed: 's',
    configuration: recipe,
    threads: 1,
  } as const;
  const outcome = await runPredict({ ...predict, checkpoint, predictions }, context);
  expect(outcome).toMatchObject({ type: 'predict-result' });
  expect(messages).toContainEqual({ type: 'told', message: expect.stringContaining('final.checkpoint: torn') });
});

it('a model predicts at the resolution it was trained on, whatever the one of its configuration is', async () => {
  const data = await tinyPack(folder);
  const { context } = stubContext(0, 0.01);
  const recipe = parseRecipe({ 'network.width': 4, 'network.stages': 2, resolution: 32 });
  const run = await openRun({
    engine: context.engine,
    pack: openPack(data),
    resolution: 16,
    recipe,
    threads: 1,
    seed: 'seed',
    images: null,
    checkpoint: null,
  });
  const checkpoint = join(folder, 'model.checkpoint');
  writeCheckpoint(checkpoint, await run.snapshot({ step: 1, images: 16, resource: 1 }));
  const predictions = join(folder, 'predictions.csv');
  const outcome = await runPredict(
    {
      type: 'predict',
      memoryShare: 1,
      sentAtSeconds: 0,
      killAtSeconds: 10,
      data,
      seed: 'seed',
      configuration: recipe,
      threads: 1,
      checkpoint,
      predictions,
    },
    context,
  );
  expect(outcome).toMatchObject({ type: 'predict-result', predictions });
  expect(readFileSync(predictions, 'utf8').trimEnd().split('\n')).toHaveLength(11);
});
