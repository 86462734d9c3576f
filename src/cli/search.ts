import { Command } from 'commander';
import { option, readSpaceOption, type ShowOptions, type StudyOptions } from './options.js';
import { startStudy } from './start-study.js';

export const searchCommand = (done: (code: number) => void): Command =>
  new Command('search')
    .description('the search alone: ends with best.json, trains no final model, needs no test images')
    .addOption(option.data())
    .addOption(option.space())
    .requiredOption('--budget <duration>', 'wall clock for the search: 90s, 6m, 1h')
    .addOption(option.out())
    .addOption(option.seed())
    .addOption(option.cache())
    .addOption(option.headless())
    .addOption(option.json())
    .addOption(option.inline())
    .addOption(option.ascii())
    .action(async (options: StudyOptions & ShowOptions) => {
      done(await startStudy('search', options, { space: readSpaceOption(options.space) }));
    });
