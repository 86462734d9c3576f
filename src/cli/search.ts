import { Command, Option } from 'commander';
import { addStudyOptions, readSpaceOption, type ShowOptions, type StudyOptions } from './options.js';
import { startStudy } from './start-study.js';
import type { StudyContext } from './study-context.js';

export const searchCommand = ({ done, supervised }: StudyContext): Command =>
  addStudyOptions(
    new Command('search').description(
      'the search alone: ends with best.json, trains no final model, needs no test images',
    ),
    new Option('--budget <duration>', 'wall clock for the search: 90s, 6m, 1h').makeOptionMandatory(),
  ).action(async (options: StudyOptions & ShowOptions) => {
    done(await startStudy('search', options, { space: readSpaceOption(options.space) }, supervised()));
  });
