import { resolve } from 'node:path';
import { Command } from 'commander';
import { resumeStudy } from '../study/open.js';
import { localMachine } from '../study/request.js';
import { option, type ShowOptions } from './options.js';
import { watchStudy } from './watch.js';

export const resumeCommand = (done: (code: number) => void): Command =>
  new Command('resume')
    .description('go on after an interruption; the time in between counts against the deadline')
    .argument('<study>', "the study's folder, such as results/NAME")
    .addOption(option.cache())
    .addOption(option.headless())
    .addOption(option.json())
    .addOption(option.inline())
    .addOption(option.ascii())
    .action(async (study: string, options: ShowOptions & { readonly cache?: string }) => {
      const machine = localMachine(process.env, options.cache === undefined ? undefined : resolve(options.cache));
      done(await watchStudy(resumeStudy(resolve(study), machine), options));
    });
