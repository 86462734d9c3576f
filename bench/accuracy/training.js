// Trainings by the program's own assignments, on data that are packed before the clock starts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { localMachine } from '../../dist/study/request.js';
import { scoreSubmission } from '../../dist/submission/submission.js';
import { finalAssignment, rungAssignment } from './assignments.js';
import { benchPacks } from './data-sets.js';
import { scoreTogether } from './ensemble.js';
import { inFolder } from './in-folder.js';
import { runChild } from './run-child.js';
import { withTrialProcess } from './trial-process.js';

const bin = resolve('bin/hyperbudget.js');
const packingLimitSeconds = 3600;
/**
 * Packs what a training reads, where it is not packed already.
 * @returns where, with which sides of the images, and how many test images there are.
 */
export async function packFor({ plain }, directory) {
  return await inFolder(async (folder) => {
    const space = join(folder, 'space.json');
    writeFileSync(space, JSON.stringify(plain));
    mkdirSync(benchPacks, { recursive: true });
    const words = ['pack', directory, '--space', space, '--cache', benchPacks];
    const options = { env: process.env, limitSeconds: packingLimitSeconds };
    const { status, stdout, stderr } = await runChild(process.execPath, [bin, ...words], options);
    if (status !== 0) throw new Error(`${directory} could not be packed: ${stderr}`);
    const told = (name) => new RegExp(`^${name} +(.*)$`, 'm').exec(stdout)?.[1] ?? '';
    return {
      directory: told('folder').replace(/ \(was there already\)$/, ''),
      resolutions: told('resolutions').split(', ').map(Number),
      test: Number(/(\d+) test/.exec(told('images'))?.[1]),
    };
  });
}

/** The engine and precision that this machine chooses, and whether only one process may use it: all runs of a bench are held to them. */
export async function chosenEngine() {
  const { threads } = localMachine(process.env);
  const settings = { threads, cores: threads, pins: null };
  return await inFolder(async (folder) =>
    withTrialProcess({ ...settings, folder }, async ({ engine, precision, exclusive }) => ({
      ...{ engine, precision, exclusive },
    })),
  );
}

/**
 * Trains a configuration as the final run does: so many seconds from the assignment until the test images are predicted.
 * @param where `pack`, `labels` of its test images, a `folder` of its own, and `threads`.
 * @returns its score on the hidden labels, and what it has done meanwhile.
 * @throws Error where it ends without predictions; with `reason: 'diverged'` where it diverges.
 */
export async function trainFinal({ now, run }, training, where, terms) {
  const begin = now();
  const result = await run(finalAssignment(training, where, terms, begin));
  const lateSeconds = now() - begin - terms.seconds;
  const { top1, correct, rows } = scoreSubmission(result.predictions, where.labels);
  const { trainSeconds, images, epochs, wallSeconds } = result;
  return { accuracy: top1, correct, rows, lateSeconds, trainSeconds, wallSeconds, images, epochs };
}

/**
 * As many trainings as `ensemble` says, one after the other, each with its part of the seconds and another seed; scored by their predictions together.
 * What these take is not counted: each has predicted the test images in its own time.
 */
async function finalEnsemble(training, { pack, labels, pins, threads }, { seconds, seed }) {
  const { ensemble } = training.options;
  return await inFolder(async (folder) => {
    const [results, models] = [[], []];
    for (let member = 0; member < ensemble; member++) {
      const own = join(folder, String(member));
      const settings = { folder: own, threads, cores: threads, pins };
      const terms = { seconds: seconds / ensemble, seed: seed * ensemble + member };
      await withTrialProcess(settings, async (process) => {
        const result = await process.run(
          finalAssignment(training, { pack, folder: own, threads }, terms, process.now()),
        );
        results.push(result);
        models.push(result.model);
      });
    }
    const { top1, correct, rows } = await scoreTogether(models, { pack, labels, folder, threads, pins });
    const sum = (name) => results.reduce((total, result) => total + result[name], 0);
    const [trainSeconds, images, epochs] = ['trainSeconds', 'images', 'epochs'].map(sum);
    return { accuracy: top1, correct, rows, trainSeconds, images, epochs };
  });
}

/** The final training of a configuration with all cores, in a new process. */
export async function finalTraining(training, { pack, labels, pins }, terms) {
  const { threads } = localMachine(process.env);
  const precision = training.options.precision ?? pins.precision;
  if (training.options.ensemble > 1) {
    return await finalEnsemble(training, { pack, labels, pins: { ...pins, precision }, threads }, terms);
  }
  return await inFolder(async (folder) => {
    const settings = { folder, threads, cores: threads, pins: { ...pins, precision } };
    return await withTrialProcess(settings, (process) =>
      trainFinal(process, training, { pack, labels, folder, threads }, terms),
    );
  });
}

/**
 * Trains the lowest rung of a ladder of two: so many seconds of training steps, on the subset and the side that the space's `fidelity` says, annealed
 * and judged on validation images as in a search.
 * @throws Error where it ends without a result; with `reason: 'diverged'` where it diverges.
 */
export async function trainRung({ now, run }, training, where, terms) {
  const result = await run(rungAssignment(training, where, terms, now()));
  const { score, evaluatedImages, wallSeconds, trainSeconds, images } = result;
  return { accuracy: score, evaluatedImages, wallSeconds, trainSeconds, images };
}
