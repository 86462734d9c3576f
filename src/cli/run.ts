import { Command } from 'commander';
import { option, readSpaceOption, type ShowOptions, type StudyOptions } from './options.js';
import { startStudy } from './start-study.js';

export const runCommand = (done: (code: number) => void): Command =>
  new Command('run')
    .description('search, final training and submission within one deadline')
    .addOption(option.data())
    .addOption(option.space())
    .option(
      '--budget <duration>',
      'wall clock for everything, from the start of this process: 90s, 6m, 9h, 1h30m',
      '9h',
    )
    .addOption(option.out())
    .addOption(option.seed())
    .addOption(option.cache())
    .addOption(option.headless())
    .addOption(option.json())
    .addOption(option.inline())
    .addOption(option.ascii())
    .action(async (options: StudyOptions & ShowOptions) => {
      done(await startStudy('run', options, { space: readSpaceOption(options.space) }));
    });
