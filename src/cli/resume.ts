import { resolve } from 'node:path';
import { Command } from 'commander';
import { resumeStudy } from '../study/open.js';
import { localMachine } from '../study/request.js';
import { option, type ShowOptions } from './options.js';
import type { StudyContext } from './study-context.js';
import { openingOf, watchStudy } from './watch.js';

export const resumeCommand = ({ done, supervised }: StudyContext): Command =>
  new Command('resume')
    .description('go on after an interruption; the time in between counts against the deadline')
    .argument('<study>', "the study's folder, such as results/NAME")
    .addOption(option.cache())
    .addOption(option.headless())
    .addOption(option.json())
    .addOption(option.inline())
    .addOption(option.ascii())
    .action(async (study: string, options: ShowOptions & { readonly cache?: string }) => {
      const own = supervised();
      const machine = localMachine(process.env, options.cache === undefined ? undefined : resolve(options.cache));
      const directory = resolve(study);
      const opened = resumeStudy(directory, machine);
      const { created } = opened.host.state();
      if (created) {
        const { budgetSeconds, startedAtEpochSeconds, monotonicStart, submissionPath } = created;
        const start = { startedAtEpochSeconds, ...(monotonicStart ? { monotonicStart } : {}) };
        own.report(openingOf({ directory, budgetSeconds, start, submissionPath }, options));
        const secondsLeft = budgetSeconds - opened.host.nowSeconds();
        // A study that is taken up after its deadline only puts in place what stands.
        if (secondsLeft > 0) own.keepDeadline(secondsLeft);
      }
      done(await watchStudy(opened, options, own));
    });
