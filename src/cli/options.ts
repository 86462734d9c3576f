import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { parseDuration } from '../budget/duration.js';
import { parseByteSize } from '../engine/gpu/size.js';
import { InputError } from '../errors.js';
import { readInputFile } from '../input-file.js';
import { type Precision, precisions } from '../program/precision.js';
import { parseSearchSpace } from '../space/parse.js';
import type { StudyRequest } from '../study/request.js';
import { recipeParameters, recipeSchema } from '../training/recipe.js';

/** Options of the commands that work on a study. */
export interface StudyOptions extends EngineOptions {
  readonly data: string;
  readonly space?: string;
  readonly budget: string;
  readonly out?: string;
  readonly seed: number;
  readonly cache?: string;
  /** The instant that the budget counts from, in words. */
  readonly startedAt?: string;
}

/** Options of the commands that start an engine. */
export interface EngineOptions {
  readonly precision?: Precision | 'auto';
  readonly gpuMemory?: number;
}

export interface ShowOptions {
  readonly headless?: boolean;
  readonly json?: boolean;
  readonly inline?: boolean;
  readonly ascii?: boolean;
}

export const option = {
  data: () =>
    new Option('--data <dir>', 'data set: train.csv with train/, class folders, or ImageNet100').makeOptionMandatory(),
  space: () => new Option('--space <file>', 'search space (default: made for this data, machine and budget)'),
  out: () => new Option('--out <dir>', "the study's folder (default: results/ and a name of data and time)"),
  seed: () => new Option('--seed <n>', 'seed of every random choice').default(0).argParser(parseSeed),
  cache: () => new Option('--cache <dir>', 'folder for packed data (default: hyperbudget/packed in the cache folder)'),
  precision: () =>
    new Option(
      '--precision <precision>',
      'how activations are held: f32, bf16 (processors that have it), f16 (GPUs); auto: the fastest that trains as well as f32 (default: HYPERBUDGET_PRECISION, else auto)',
    ).choices(['auto', ...precisions]),
  gpuMemory: () =>
    new Option('--gpu-memory <size>', 'GPU memory for all processes together: 6GB, 6GiB (default: 6GB)').argParser(
      (text) => parseByteSize(text, '--gpu-memory'),
    ),
  startedAt: () =>
    new Option(
      '--started-at <time>',
      'when the budget began: seconds since 1970 or an ISO 8601 time (default: the start of this command)',
    ),
  headless: () => new Option('--headless', 'plain lines on stderr instead of the terminal UI'),
  json: () => new Option('--json', 'one JSON event a line on stdout; implies --headless'),
  inline: () => new Option('--inline', "draw below the prompt instead of on the terminal's other screen"),
  ascii: () => new Option('--ascii', 'draw with ASCII characters only'),
} as const;

/** The options of `run` and `search`; the budget, whose default differs, comes in the middle. */
export function addStudyOptions(command: Command, budget: Option): Command {
  const options = [
    option.data(),
    option.space(),
    budget,
    option.startedAt(),
    option.out(),
    option.seed(),
    option.cache(),
    option.precision(),
    option.gpuMemory(),
    option.headless(),
    option.json(),
    option.inline(),
    option.ascii(),
  ];
  return options.reduce((all, one) => all.addOption(one), command);
}

function parseSeed(text: string): number {
  const seed = Number(text.trim() || Number.NaN);
  if (!Number.isSafeInteger(seed)) throw new InputError('--seed', 'a whole number', text || 'nothing', '--seed 0');
  return seed;
}

/** A search space that is there, wherever the program was called. */
const exampleSpace = fileURLToPath(new URL('../../search-spaces/quickstart.yaml', import.meta.url));

/** @throws InputError when `--space` names no readable, valid file. */
export function readSpaceOption(file: string | undefined): StudyRequest['space'] {
  if (file === undefined || file === 'auto') return 'auto';
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new InputError(
      '--space',
      'a YAML file with a search space',
      `${file}, which is ${existsSync(file) ? 'no file' : 'not there'}`,
      exampleSpace,
    );
  }
  const text = readInputFile({ path: file, expected: 'a YAML file with a search space', tryThis: 'another file' });
  const space = parseSearchSpace(text.toString('utf8'), file, {
    knownParameters: recipeParameters,
    valueSchemas: recipeSchema.shape,
  });
  return { source: basename(file), space };
}

/** @param where what names it on the command line. @throws InputError when the folder is not there. */
export function dataDirectoryOption(directory: string, where = '--data'): string {
  if (existsSync(directory)) return resolve(directory);
  throw new InputError(
    where,
    'a folder with a data set',
    `${directory}, which is not there`,
    'the folder that holds train.csv or the class folders',
  );
}

export const budgetOption = (text: string): number => parseDuration(text, '--budget');
