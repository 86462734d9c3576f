import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe('a model that has been trained', () => {
  const recipe = parseRecipe({ 'network.width': 4, 'network.stages': 2, resolution: 32 });
  const checkpoint = join(folder, 'model.checkpoint');
  let data = '';
  beforeAll(async () => {
    data = await tinyPack(folder);
    const { engine } = stubContext(0, 0.01).context;
    const base = { engine, pack: openPack(data), resolution: 16, recipe, threads: 1, seed: 'seed' };
    const run = await openRun({ ...base, images: null, checkpoint: null });
    writeCheckpoint(checkpoint, await run.snapshot({ step: 1, images: 16, resource: 1 }));
  });
  const assignment = (predictions: string) =>
    ({
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
    }) as const;

  it('predicts at the resolution it was trained on, whatever the one of its configuration is', async () => {
    const predictions = join(folder, 'predictions.csv');
    const outcome = await runPredict(assignment(predictions), stubContext(0, 0.01).context);
    expect(outcome).toMatchObject({ type: 'predict-result', predictions });
    expect(readFileSync(predictions, 'utf8').trimEnd().split('\n')).toHaveLength(11);
  });

  it('tells that the disk does not take its predictions, and writes them once the study has made room', async () => {
    const predictions = join(folder, 'refused.csv');
    // A folder stands in the file's place.
    mkdirSync(predictions);
    const { context, messages } = stubContext(0, 0.01, undefined, { pause: async () => rmdirSync(predictions) });
    expect(await runPredict(assignment(predictions), context)).toMatchObject({ type: 'predict-result' });
    expect(messages).toEqual([{ type: 'write-failed', path: predictions, message: expect.any(String) }]);
    expect(readFileSync(predictions, 'utf8').trimEnd().split('\n')).toHaveLength(11);
  });

  it('fails where the disk never takes them', async () => {
    const predictions = join(folder, 'never.csv');
    mkdirSync(predictions);
    const { context, messages } = stubContext(0, 0.01);
    await expect(runPredict(assignment(predictions), context)).rejects.toThrow('the disk did not take the predictions');
    expect(messages).toHaveLength(3);
  });
});
