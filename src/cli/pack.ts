import { resolve } from 'node:path';
import { Command } from 'commander';
import { readDataset } from '../data/dataset.js';
import { packDataset } from '../data/pack/pack.js';
import { typicalSide } from '../data/side.js';
import type { Dataset } from '../data/types.js';
import { InputError } from '../errors.js';
import { autoSides } from '../space/auto-ladder.js';
import { resolutionsToPack } from '../study/packing.js';
import { localMachine } from '../study/request.js';
import { dataDirectoryOption, option, readSpaceOption } from './options.js';
import { progressBar } from './progress.js';

interface PackOptions {
  readonly space?: string;
  readonly resolution?: string;
  readonly seed: number;
  readonly cache?: string;
}

export const packCommand = (): Command =>
  new Command('pack')
    .description('decode a data set once into the cache that studies read; a later run finds it there')
    .argument('<dir>', 'data set')
    .option(
      '--space <file>',
      'search space whose sides are packed (default: the largest side that the auto space may choose)',
    )
    .option('--resolution <pixels>', 'sides of the packed images, separated by commas (default: those of the space)')
    .addOption(option.seed())
    .addOption(option.cache())
    .action(async (directory: string, options: PackOptions) => {
      const dataset = await readDataset(dataDirectoryOption(directory, 'pack <dir>'), {
        seed: options.seed,
        needTest: false,
      });
      const space = options.space === undefined ? 'auto' : readSpaceOption(options.space);
      const isGuessed = options.resolution === undefined && space === 'auto';
      const autoSides = isGuessed ? await sidesOfAutoSpace(dataset) : [];
      const resolutions =
        options.resolution !== undefined
          ? parseResolutions(options.resolution)
          : space === 'auto'
            ? [Math.max(...autoSides)]
            : resolutionsToPack(space.space, []);
      const machine = localMachine(process.env, options.cache === undefined ? undefined : resolve(options.cache));
      const { pack, oddities, oddImages, packedImages, reused, seconds } = await packDataset(dataset, {
        resolutions,
        cacheDirectory: machine.cacheDirectory,
        threads: machine.threads,
        onProgress: progressBar('packing'),
      });
      for (const { path, kind } of oddImages) process.stderr.write(`${kind}: ${path}\n`);
      const { train, validation, test } = pack.splits;
      process.stdout.write(
        [
          `folder       ${pack.directory}${reused ? ' (was there already)' : ''}`,
          `classes      ${pack.classes.length}`,
          `images       ${train.count} train, ${validation.count} validation, ${test.count} test`,
          `decoded      ${packedImages}${packedImages < train.count + validation.count + test.count ? ': the others had been packed before' : ''}`,
          `resolutions  ${pack.resolutions.join(', ')}`,
          `odd images   ${
            Object.entries(oddities)
              .map(([kind, count]) => `${count} ${kind}`)
              .join(', ') || 'none'
          }`,
          `seconds      ${seconds.toFixed(1)}`,
          ...(autoSides.length > 1 ? [unlikelyNote] : []),
          '',
        ].join('\n'),
      );
    });

/** Nobody knows which sides the auto space will choose before it has measured the machine. */
const unlikelyNote =
  'note         a study reads this pack only if it holds all sides that it wants; the auto space chooses its sides when it has measured the machine: name them with --resolution, as a study of that kind has printed them';

async function sidesOfAutoSpace(dataset: Dataset): Promise<readonly number[]> {
  return autoSides({ imageSide: await typicalSide(dataset), classes: dataset.classes.length });
}

function parseResolutions(text: string): readonly number[] {
  const sides = text.split(',').map(Number);
  if (sides.length > 0 && sides.every((side) => Number.isInteger(side) && side >= 8 && side <= 512)) return sides;
  throw new InputError('--resolution', 'whole numbers of pixels from 8 to 512', text, '--resolution 64,96');
}
