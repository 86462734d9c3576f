import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { writeFileAtomic } from '../atomic-file.js';
import { InputError, unreachable } from '../errors.js';
import { exportCsv, exportJson } from '../report/export.js';
import { exportLedger, exportLedgerJson } from '../report/ledger-text.js';
import type { StudyState } from '../state/types.js';
import { readStudy } from '../study/open.js';

const formats = ['json', 'csv', 'ledger', 'ledger-json'] as const;
type Format = (typeof formats)[number];

interface ExportOptions {
  readonly top: string;
  readonly format: Format;
  readonly output?: string;
}

function exported(state: StudyState, format: Format, top: number): string {
  switch (format) {
    case 'json':
      return exportJson(state, top);
    case 'csv':
      return exportCsv(state, top);
    case 'ledger':
      return exportLedger(state);
    case 'ledger-json':
      return exportLedgerJson(state);
    default:
      return unreachable(format);
  }
}

export const exportCommand = (): Command =>
  new Command('export')
    .description('the best configurations of a study, or where its time went, on stdout or to a file')
    .argument('<study>', "the study's folder, such as results/NAME")
    .option('--top <k>', 'how many configurations at most', '10')
    .addOption(
      new Option(
        '--format <format>',
        'json: as best.json; csv: one row each; ledger, ledger-json: where the time went, as a table or as JSON',
      )
        .choices(formats)
        .default('json'),
    )
    .option('-o, --output <file>', 'where to write instead of stdout')
    .action((study: string, options: ExportOptions) => {
      const top = Number(options.top);
      if (!Number.isInteger(top) || top < 1)
        throw new InputError('--top', 'a whole number of at least 1', options.top, '--top 10');
      const text = exported(readStudy(resolve(study)), options.format, top);
      if (options.output === undefined) process.stdout.write(text);
      else writeFileAtomic(options.output, text);
    });
