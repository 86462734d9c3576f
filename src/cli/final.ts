import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { InputError } from '../errors.js';
import { readBest } from '../report/read-best.js';
import { searchSpaceFromPlain } from '../space/plain.js';
import { parseRecipe } from '../training/recipe.js';
import { option, type ShowOptions, type StudyOptions } from './options.js';
import { startStudy } from './start-study.js';
import type { StudyContext } from './study-context.js';

export const finalCommand = ({ done, supervised }: StudyContext): Command =>
  new Command('final')
    .description('no search: trains the best configuration of a best.json and writes submission.csv')
    .requiredOption('--config <file>', 'best.json of a search')
    .addOption(option.data())
    .requiredOption('--budget <duration>', 'wall clock for everything: 90s, 6m, 8h')
    .addOption(option.startedAt())
    .addOption(option.out())
    .addOption(option.seed())
    .addOption(option.cache())
    .addOption(option.precision())
    .addOption(option.gpuMemory())
    .addOption(new Option('--headless', 'as always here: there is no terminal UI'))
    .addOption(option.json())
    .action(async (options: StudyOptions & ShowOptions & { readonly config: string }) => {
      const best = readBest(options.config);
      const [first] = best.configurations;
      if (!first || !best.space) {
        throw new InputError(
          options.config,
          'at least one configuration and its search space',
          'none',
          'the best.json of a search that finished a trial',
        );
      }
      parseRecipe(first.configuration);
      const space = { source: basename(options.config), space: searchSpaceFromPlain(best.space.plain, options.config) };
      done(
        await startStudy('final', { ...options, headless: true }, { space, given: first.configuration }, supervised()),
      );
    });
