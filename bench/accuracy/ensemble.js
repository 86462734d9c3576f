// Several shorter trainings of one configuration in the place of a long one, their probabilities averaged.
import { join } from 'node:path';
import { openPack } from '../../dist/data/pack/open.js';
import { engineOfProcess } from '../../dist/engine/choose.js';
import { scoreSubmission } from '../../dist/submission/submission.js';
import { readCheckpoint } from '../../dist/training/checkpoint.js';
import { predict } from '../../dist/training/evaluate.js';
import { openRun } from '../../dist/training/run.js';
import { viewsOf } from '../../dist/training/views.js';
import { writePredictions } from '../../dist/trial/predictions.js';

const nowSeconds = () => performance.now() / 1000;

/** Views that the final run averages by default. */
const views = 2;

let loaded = null;
/** The engine of this process, made when it is first needed. */
async function engineOf({ engine, precision }) {
  const env = { ...process.env, HYPERBUDGET_ENGINE: engine, HYPERBUDGET_PRECISION: precision };
  // What its library tells on the way is of no interest here.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  loaded ??= engineOfProcess(env, nowSeconds);
  return (await loaded).engine;
}

async function openModel(path, pack, pins, threads) {
  const checkpoint = readCheckpoint(path);
  const { resolution, recipe } = checkpoint;
  const engine = await engineOf(pins);
  return await openRun({ engine, pack, resolution, recipe, threads, seed: '', images: null, checkpoint });
}

/**
 * Predicts the test images with several models of one configuration and scores it.
 * @param models paths of their checkpoints; @param where `pack`, `labels`, `folder`, `threads`, `pins`.
 */
export async function scoreTogether(models, { pack: { directory }, labels, folder, threads, pins }) {
  const pack = openPack(directory);
  const runs = [];
  for (const path of models) runs.push(await openModel(path, pack, pins, threads));
  const [{ sides }] = runs;
  const together = {
    replicas: 1,
    infer: async (request) => {
      const all = [];
      for (const { trainer } of runs) all.push(await trainer.infer(request));
      return all[0].map((_, place) => all.reduce((sum, own) => sum + own[place], 0) / all.length);
    },
  };
  const { recipe } = readCheckpoint(models[0]);
  const { classes } = await predict({
    ...{ trainer: together, split: 'test', count: pack.splits.test.count, classes: pack.classes.length },
    ...{ views: viewsOf(sides, recipe['augmentation.flip'], views), until: Number.POSITIVE_INFINITY },
    ...{ now: nowSeconds, beforeChunk: () => undefined },
  });
  for (const { trainer } of runs) await trainer.dispose();
  const path = join(folder, 'together.csv');
  writePredictions(path, pack, classes);
  return scoreSubmission(path, labels);
}
