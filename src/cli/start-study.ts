import { join, resolve } from 'node:path';
import { readDataset } from '../data/dataset.js';
import type { Configuration } from '../space/types.js';
import { startedAt, systemClock } from '../study/clock.js';
import { leastPreparationSeconds, requireFeasible } from '../study/feasible.js';
import { createStudy, defaultName, requireNoStudy } from '../study/open.js';
import { localMachine, type StudyRequest } from '../study/request.js';
import { mostSlots } from '../study/slots.js';
import type { SupervisedProcess } from '../supervisor/supervised.js';
import { budgetOption, dataDirectoryOption, type ShowOptions, type StudyOptions } from './options.js';
import { parseStartedAt } from './started-at.js';
import { openingOf, watchStudy } from './watch.js';

/**
 * Checks what the user handed over, creates the study and runs it: everything that can be refused is refused before a folder is made.
 * @returns the exit code.
 */
export async function startStudy(
  mode: StudyRequest['mode'],
  options: StudyOptions & ShowOptions,
  work: { readonly space: StudyRequest['space']; readonly given?: Configuration },
  supervised: SupervisedProcess,
): Promise<number> {
  const budgetSeconds = budgetOption(options.budget);
  const start =
    options.startedAt === undefined
      ? supervised.start
      : startedAt(parseStartedAt(options.startedAt, budgetSeconds, Date.now() / 1000));
  const dataDirectory = dataDirectoryOption(options.data);
  const name =
    options.out === undefined ? defaultName(dataDirectory, start.startedAtEpochSeconds) : resolve(options.out);
  const directory = options.out === undefined ? resolve(join('results', name)) : name;
  const needTest = mode !== 'search';
  const submissionPath = needTest ? resolve('submission.csv') : null;
  // Before the supervisor hears of the folder: a study that stands there may have begun at the same instant, and its end is not this one's.
  requireNoStudy(directory);
  // The deadline holds from here on, also where reading a folder takes for ever.
  supervised.report(openingOf({ directory, budgetSeconds, start, submissionPath }, options));
  const usedSeconds = systemClock(start).nowSeconds();
  supervised.keepDeadline(budgetSeconds - usedSeconds);
  const { seed } = options;
  const machine = localMachine(process.env, options.cache === undefined ? undefined : resolve(options.cache));
  const dataset = await readDataset(dataDirectory, { seed, needTest });
  if (work.space !== 'auto' && mode !== 'final') {
    // With too little left for a search the default configuration is trained, but where a search is all there is.
    const before = mode === 'search' && options.startedAt !== undefined ? usedSeconds : 0;
    const preparationSeconds = before + leastPreparationSeconds(dataset, machine.threads);
    const slots = mostSlots(process.env['HYPERBUDGET_ENGINE'], machine.threads);
    requireFeasible(work.space.space, budgetSeconds, mode === 'run', slots, preparationSeconds);
  }
  const study = createStudy(
    {
      mode,
      name: options.out === undefined ? name : (name.split(/[\\/]/).at(-1) ?? name),
      directory,
      dataDirectory,
      space: work.space,
      ...(work.given ? { given: work.given } : {}),
      budgetSeconds,
      start,
      seed,
      submissionPath,
      ...(options.precision === undefined ? {} : { precision: options.precision }),
      ...(options.gpuMemory === undefined ? {} : { gpuMemoryBytes: options.gpuMemory }),
    },
    machine,
    dataset,
  );
  return await watchStudy(study, options, supervised);
}
