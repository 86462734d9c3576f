// Trainings by the program's own assignments, on data that are packed before the clock starts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { searchSpaceFromPlain } from '../../dist/space/plain.js';
import { assignmentOf, resolutionOf } from '../../dist/study/assignment.js';
import { localMachine } from '../../dist/study/request.js';
import { scoreSubmission } from '../../dist/submission/submission.js';
import { benchPacks } from './data-sets.js';
import { inFolder } from './in-folder.js';
import { runChild } from './run-child.js';
import { withTrialProcess } from './trial-process.js';

const bin = resolve('bin/hyperbudget.js');
const packingLimitSeconds = 3600;
/** After its end an assignment is killed only so much later: lateness is measured, not cut off. */
const graceSeconds = 60;

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

/** The engine and precision that this machine chooses: all runs of a bench are held to them. */
export async function chosenEngine() {
  const { threads } = localMachine(process.env);
  return await inFolder(
    async (folder) =>
      await withTrialProcess({ folder, threads, cores: threads, pins: null }, async ({ engine, precision }) => ({
        engine,
        precision,
      })),
  );
}

/** As much of a study as its assignments are made of. */
const studyOf = ({ configuration }, pack, { seed, seconds, threads, slots }) => ({
  created: { seed, budgetSeconds: seconds, submissionPath: '/submission.csv' },
  engine: { threads, slots },
  data: pack,
  trials: [{ trial: 0, configuration }],
  searchEnd: { winner: 0 },
  final: { status: 'waiting' },
});

/**
 * The final training of a configuration with all cores, in a new process: so many seconds from its assignment until the test images are predicted.
 * @returns its score on the hidden labels, and what it has done meanwhile.
 * @throws Error where it ends without predictions; with `reason: 'diverged'` where it diverges.
 */
export async function finalTraining(training, { pack, labels, pins }, { seconds, seed }) {
  const { threads } = localMachine(process.env);
  const precision = training.options.precision ?? pins.precision;
  return await inFolder(async (folder) => {
    const settings = { folder, threads, cores: threads, pins: { ...pins, precision } };
    return await withTrialProcess(settings, async ({ engine, precision: held, now, run }) => {
      const begin = now();
      const assignment = assignmentOf(
        {
          ...{ type: 'start-final', trial: 0, slot: 0, attempt: 1, memoryShare: 1, learningRateFactor: 1 },
          resolution: resolutionOf(training.configuration),
          endsAt: begin + seconds,
          killAt: begin + seconds + graceSeconds,
        },
        studyOf(training, pack, { seed, seconds, threads, slots: 1 }),
        searchSpaceFromPlain(training.plain),
        folder,
        begin,
      );
      const result = await run(assignment);
      const lateSeconds = now() - begin - seconds;
      const { top1, correct, rows } = scoreSubmission(result.predictions, labels);
      const { trainSeconds, images, epochs } = result;
      return { accuracy: top1, correct, rows, lateSeconds, trainSeconds, images, epochs, engine: `${engine} ${held}` };
    });
  });
}
