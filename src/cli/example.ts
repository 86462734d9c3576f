import { resolve } from 'node:path';
import { Command } from 'commander';
import { writeFashionMnist } from '../data/example/fashion-mnist.js';
import { InputError } from '../errors.js';
import { progressBar } from './progress.js';

export const exampleCommand = (): Command =>
  new Command('example')
    .description(
      'write an example data set in the competition layout; its test labels go to DIR-test-labels.csv beside it',
    )
    .argument('<name>', 'fashion-mnist')
    .argument('<dir>', 'folder to write')
    .action(async (name: string, directory: string) => {
      if (name !== 'fashion-mnist')
        throw new InputError('example', 'fashion-mnist', name, 'hyperbudget example fashion-mnist data/fashion-mnist');
      const target = resolve(directory);
      const labelsPath = `${target}-test-labels.csv`;
      const { written } = await writeFashionMnist(target, { labelsPath, onProgress: progressBar('writing') });
      process.stderr.write(written ? `wrote ${target} and ${labelsPath}\n` : `${target} is complete already\n`);
    });
