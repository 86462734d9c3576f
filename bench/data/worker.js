// Worker of the data bench: training as a trial does it, on packed images; batches are made on the thread that trains or by others.
import { openPack } from '../../dist/data/pack/open.js';
import { engineOfProcess } from '../../dist/engine/choose.js';
import { parseRecipe } from '../../dist/training/recipe.js';
import { openRun } from '../../dist/training/run.js';
import { stepScalars } from '../../dist/training/step-scalars.js';
import { readJob, serve } from '../engine/worker.js';

const job = readJob();
const { engine } = await engineOfProcess(process.env, () => performance.now() / 1000);
if (engine.precision !== job.precision) {
  throw new Error(`asked for ${job.precision}, the engine chose ${engine.precision}`);
}
const { family, width, blocks, stages, stem, resolution } = job.network;
const recipe = parseRecipe({
  'network.family': family,
  'network.width': width,
  'network.blocks': blocks,
  'network.stages': stages,
  'network.stem': stem,
  resolution,
  'optimizer.batchSize': job.batch,
  ...job.augmentation,
});
const { trainer, plan } = await openRun({
  engine,
  pack: openPack(job.pack),
  resolution,
  recipe,
  threads: job.threads,
  seed: 'bench',
  images: { subset: 1, resample: false, classes: 1, useValidation: false, seed: 'bench' },
  checkpoint: null,
  batchWorkers: job.batchWorkers,
});
const scalars = stepScalars(recipe, job.learningRate, 0);

await serve(
  {
    parameters: plan.parameters,
    async step() {
      const { lossSum, images } = await trainer.step(scalars);
      return lossSum / images;
    },
  },
  `${engine.description}, ${engine.precision}`,
);
