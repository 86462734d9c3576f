import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { writeFileAtomic } from '../atomic-file.js';
import { InputError } from '../errors.js';
import { exportCsv, exportJson } from '../report/export.js';
import { readStudy } from '../study/open.js';

export const exportCommand = (): Command =>
  new Command('export')
    .description('the best configurations of a study, on stdout or to a file')
    .argument('<study>', "the study's folder, such as results/NAME")
    .option('--top <k>', 'how many at most', '10')
    .addOption(
      new Option('--format <format>', 'json: as best.json; csv: one row each').choices(['json', 'csv']).default('json'),
    )
    .option('-o, --output <file>', 'where to write instead of stdout')
    .action((study: string, options: { readonly top: string; readonly format: string; readonly output?: string }) => {
      const top = Number(options.top);
      if (!Number.isInteger(top) || top < 1)
        throw new InputError('--top', 'a whole number of at least 1', options.top, '--top 10');
      const state = readStudy(resolve(study));
      const text = options.format === 'csv' ? exportCsv(state, top) : exportJson(state, top);
      if (options.output === undefined) process.stdout.write(text);
      else writeFileAtomic(resolve(options.output), text);
    });
