import { Command, Option } from 'commander';
import { addStudyOptions, readSpaceOption, type ShowOptions, type StudyOptions } from './options.js';
import { startStudy } from './start-study.js';
import type { StudyContext } from './study-context.js';

export const runCommand = ({ done, supervised }: StudyContext): Command =>
  addStudyOptions(
    new Command('run').description('search, final training and submission within one deadline'),
    new Option(
      '--budget <duration>',
      'wall clock for everything, from the start of this process: 90s, 6m, 9h, 1h30m',
    ).default('9h'),
  ).action(async (options: StudyOptions & ShowOptions) => {
    done(await startStudy('run', options, { space: readSpaceOption(options.space) }, supervised()));
  });
