import { resolve } from 'node:path';
import { Command } from 'commander';
import { readDataset } from '../data/dataset.js';
import { packDataset } from '../data/pack/pack.js';
import { typicalSide } from '../data/side.js';
import { InputError } from '../errors.js';
import { resolutionsToPack } from '../study/prepare.js';
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
    .addOption(option.space())
    .option(
      '--resolution <pixels>',
      'sides of the packed images, separated by commas (default: those of the space, or of the images)',
    )
    .addOption(option.seed())
    .addOption(option.cache())
    .action(async (directory: string, options: PackOptions) => {
      const dataset = await readDataset(dataDirectoryOption(directory), { seed: options.seed, needTest: false });
      const space = options.space === undefined ? 'auto' : readSpaceOption(options.space);
      const resolutions =
        options.resolution === undefined
          ? space === 'auto'
            ? [Math.min(224, await typicalSide(dataset))]
            : resolutionsToPack(space.space, [])
          : parseResolutions(options.resolution);
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
          '',
        ].join('\n'),
      );
    });

function parseResolutions(text: string): readonly number[] {
  const sides = text.split(',').map(Number);
  if (sides.length > 0 && sides.every((side) => Number.isInteger(side) && side >= 8 && side <= 512)) return sides;
  throw new InputError('--resolution', 'whole numbers of pixels from 8 to 512', text, '--resolution 64,96');
}
